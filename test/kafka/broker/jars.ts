import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KafkaUnavailable } from './unavailable.ts';

/** The release of Apache Kafka that the tests run against; `pom.xml` beside this file names it too. */
export const KAFKA_VERSION = '4.2.1';

const HERE = dirname(fileURLToPath(import.meta.url));
const CACHE = join(HERE, `../../../node_modules/.cache/oriel-kafka/${KAFKA_VERSION}`);
const TRIES = 3;
const BACK_OFF_MS = 3_000;
/** About 130 MB come over the network. */
const TRY_TIMEOUT_MS = 300_000;
const KEPT_OUTPUT = 1_500;

/**
 * The folder with the jars of a broker, for `java -cp 'FOLDER/*'`. Fetched once from Maven Central by `mvn`, then taken from `node_modules/.cache`, or from
 * `ORIEL_TEST_KAFKA_JARS` where that names a folder. A folder is there whole or not at all: it is filled under another name.
 * @throws KafkaUnavailable where `java` or `mvn` is missing, or Maven Central does not answer.
 */
export async function kafkaJars(log: (line: string) => void): Promise<string> {
  const folder = process.env.ORIEL_TEST_KAFKA_JARS || CACHE;
  await needs('java', ['-version'], 'Install a Java runtime of version 17 or later.');
  if (existsSync(folder)) return checked(folder);
  await needs('mvn', ['-version'], 'Install Maven, or name a folder with the jars of Kafka in ORIEL_TEST_KAFKA_JARS.');
  for (let attempt = 1; ; attempt += 1) {
    log(`Fetching the jars of Apache Kafka ${KAFKA_VERSION} into ${folder}.`);
    try {
      await fetchInto(folder);
      return checked(folder);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      if (attempt === TRIES) throw new KafkaUnavailable(`Maven could not fetch the jars of Kafka, in ${TRIES} tries: ${said}`, { cause: error });
      log(`That failed (${said}); trying again in ${(BACK_OFF_MS * attempt) / 1_000} s.`);
      await sleep(BACK_OFF_MS * attempt);
    }
  }
}

async function fetchInto(folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const partial = mkdtempSync(`${folder}.partial-`);
  try {
    await run(
      'mvn',
      ['-B', '-q', '-f', join(HERE, 'pom.xml'), 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${partial}`],
      TRY_TIMEOUT_MS,
    );
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function checked(folder: string): string {
  const jar = `kafka_2.13-${KAFKA_VERSION}.jar`;
  if (readdirSync(folder).includes(jar)) return folder;
  throw new KafkaUnavailable(`${folder} has no ${jar}. Remove the folder, and it is fetched anew.`);
}

async function needs(command: string, flags: readonly string[], remedy: string): Promise<void> {
  try {
    await run(command, flags, 60_000);
  } catch (error) {
    throw new KafkaUnavailable(`\`${command}\` does not run here: ${error instanceof Error ? error.message : error} ${remedy}`, { cause: error });
  }
}

/** Runs a command to its end, without showing what it prints. */
export function run(command: string, flags: readonly string[], timeout: number, cwd?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, flags, { timeout, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-KEPT_OUTPUT);
      });
    }
    child.on('error', (error) => reject(new Error(`${error.message}.`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${signal ?? code}. ${said.trim()}`));
    });
  });
}

/** As a command: makes the jars be there, or says in one line why they cannot be. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await kafkaJars(console.log));
  } catch (error) {
    if (!(error instanceof KafkaUnavailable)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
