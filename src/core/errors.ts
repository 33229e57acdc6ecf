// What the runtime or the platform did wrong. What a handler did wrong is an Outcome, not a throw.

/** Failure of the runtime itself; `errorType` is the name used on the wire and in the log. */
export class RuntimeError extends Error {
  readonly errorType: string;

  constructor(errorType: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = errorType;
    this.errorType = errorType;
  }
}

/** True for a RuntimeError, also one from another copy of this package. */
export function isRuntimeError(error: unknown): error is RuntimeError {
  return error instanceof Error && typeof (error as Partial<RuntimeError>).errorType === 'string';
}

/** A rule between rooms was broken: a defect of this package, not of a handler. */
export function assert(condition: boolean, why: string): asserts condition {
  if (!condition) throw new RuntimeError('Runtime.AssertionFailed', `Cannot go on: ${why}`);
}
