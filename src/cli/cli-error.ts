// How a command ends, and the one error that commands throw on purpose.

/** Exit codes of the command line; `--help` documents those that are not a signal's. */
export const EXIT = {
  success: 0,
  functionFailed: 1,
  usage: 2,
  initFailed: 3,
  environment: 4,
  // 128 and the number of the signal, as shells count.
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A message for the person at the terminal; no stack is shown for it. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong: nothing has been started. */
export function usageError(message: string, options?: ErrorOptions): CliError {
  return new CliError(EXIT.usage, message, options);
}
