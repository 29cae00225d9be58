import { OrielError } from '../../core/errors.ts';
import { EXIT, type ExitCode, exitOf } from '../exit.ts';

/** What was found of one thing. `open`: nobody can tell without doing it. */
export type Finding =
  | { readonly is: 'ok' | 'open'; readonly what: string }
  | { readonly is: 'fault'; readonly what: string; readonly remedy: string; readonly exit: ExitCode };

export function ok(what: string): Finding {
  return { is: 'ok', what };
}

export function open(what: string): Finding {
  return { is: 'open', what };
}

/** `exit`: how a bridge that meets this ends. */
export function fault(what: string, remedy: string, exit: ExitCode): Finding {
  return { is: 'fault', what, remedy, exit };
}

/** A fault in the words of what was thrown, which say what to do. @throws what is no `OrielError`: that is a fault of ours */
export function thrown(error: unknown): Finding {
  if (!(error instanceof OrielError)) throw error;
  return fault(error.message, '', exitOf(error));
}

const MARKS = { ok: 'ok    ', open: 'open  ', fault: 'not ok' } as const;

/** A finding as lines of text: what to do stands below. */
export function findingLines(finding: Finding): string {
  const line = `${MARKS[finding.is]}  ${finding.what}`;
  return finding.is === 'fault' && finding.remedy !== '' ? `${line}\n        ${finding.remedy}` : line;
}

/** Of the first fault; 0 where there is none. */
export function exitOfAll(findings: readonly Finding[]): ExitCode {
  return findings.find((finding) => finding.is === 'fault')?.exit ?? EXIT.ok;
}
