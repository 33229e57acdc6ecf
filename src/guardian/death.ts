// How the process before this one ended, as a shell tells it -> what its invocations are told.
import { constants } from 'node:os';
import type { ErrorOutcome } from '../core/outcome.ts';

/** `$?` of a shell: the exit code of a process, or 128 and the number of the signal. */
export type WaitStatus = number;

/** What the platform calls the signals that end a process (contract, section 5.2). */
const SIGNAL_WORDS: { readonly [name: string]: string } = {
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGQUIT: 'quit',
  SIGILL: 'illegal instruction',
  SIGTRAP: 'trace/breakpoint trap',
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGPIPE: 'broken pipe',
  SIGALRM: 'alarm clock',
  SIGTERM: 'terminated',
};
const FIRST_SIGNAL = 128;

/** In the platform's words, as for a death that it has seen by itself. */
export function toDeathText(status: WaitStatus): string {
  if (status === 0) return 'Runtime exited without providing a reason';
  if (status <= FIRST_SIGNAL) return `Runtime exited with error: exit status ${status}`;
  return `Runtime exited with error: signal: ${signalWords(status - FIRST_SIGNAL)}`;
}

/** The answer to an invocation that was in flight when the process died. */
export function toDeathOutcome(status: WaitStatus, requestId: string): ErrorOutcome {
  return {
    kind: 'crash',
    error: {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: ${toDeathText(status)}`,
      trace: [],
    },
    headerType: 'Runtime.ExitError',
  };
}

function signalWords(number: number): string {
  const names = Object.entries(constants.signals).filter(([, value]) => value === number);
  const known = names.find(([name]) => SIGNAL_WORDS[name] !== undefined);
  return (known && SIGNAL_WORDS[known[0]]) ?? `signal ${number}`;
}
