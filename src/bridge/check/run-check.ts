import { messageOf, OrielError } from '../../core/errors.ts';
import type { CliIo } from '../cli.ts';
import { EXIT } from '../exit.ts';
import { webSocketDial } from '../session/websocket.ts';
import { type BridgeConfiguration, bridgeConfiguration } from '../settings.ts';
import { checkBridge } from './check.ts';
import { exitOfAll, type Finding, fault, findingLines, ok } from './finding.ts';

/** `oriel bridge check`: every finding as it comes, on stdout. `read` gives the variables. @returns the exit code of the first fault, 0 where there is none */
export async function runCheck(read: () => Readonly<Record<string, string | undefined>>, io: Pick<CliIo, 'stdout'>): Promise<number> {
  const findings: Finding[] = [];
  const tell = (finding: Finding): void => {
    findings.push(finding);
    io.stdout.write(`${findingLines(finding)}\n`);
  };
  const configuration = settingsOf(read, tell);
  if (configuration !== undefined) {
    tell(ok('The settings are sound.'));
    for await (const finding of checkBridge(configuration, { fetch: globalThis.fetch, dialOf: webSocketDial })) tell(finding);
  }
  const faults = findings.filter(({ is }) => is === 'fault').length;
  io.stdout.write(faults === 0 ? 'Nothing keeps this bridge from running.\n' : `${faults === 1 ? '1 fault' : `${faults} faults`}.\n`);
  return exitOfAll(findings);
}

function settingsOf(read: () => Readonly<Record<string, string | undefined>>, tell: (finding: Finding) => void): BridgeConfiguration | undefined {
  try {
    return bridgeConfiguration(read());
  } catch (error) {
    if (!(error instanceof OrielError && error.code === 'OPTION')) throw error;
    const [first = '', ...rest] = messageOf(error).split('\n');
    for (const line of rest.length > 0 ? rest : [first]) tell(fault(line.trim(), '', EXIT.settings));
    return undefined;
  }
}
