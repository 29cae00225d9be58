import type { TestProject } from 'vitest/node';
import { Broker } from './broker.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `127.0.0.1:PORT` of the broker that all test files share. */
    kafka: string;
  }
}

/** One broker for a whole run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await Broker.start({ log: (line) => process.stdout.write(`${line}\n`) });
  project.provide('kafka', broker.address);
  return () => broker.close();
}
