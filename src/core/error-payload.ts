// Any thrown value -> the error object that callers see. Total: never throws, whatever it is given.

/** The error object on the wire (rows A6.1 to A6.4 of the reference client's behaviour). */
export type ErrorPayload = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
};
