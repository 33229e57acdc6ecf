// The types of handlers whose result is one value. A handler that @types/aws-lambda types fits
// where these are asked for. Whoever leaves a type argument out gets `any`, as there.
import type { BulkheadContext } from '../core/bulkhead-context.ts';

/** For handlers with three parameters. An error is answered at once, a result as soon as nothing is
 * pending any more; see `callbackWaitsForEmptyEventLoop`. */
// biome-ignore lint/suspicious/noExplicitAny: what is written for @types/aws-lambda compiles.
export type BulkheadCallback<Result = any> = (
  error?: Error | string | null,
  result?: Result,
) => void;

/** The result is returned, promised, or given to the callback. */
// biome-ignore lint/suspicious/noExplicitAny: what is written for @types/aws-lambda compiles.
export type BulkheadHandler<Event = any, Result = any> = (
  event: Event,
  context: BulkheadContext,
  callback: BulkheadCallback<Result>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler with a callback returns nothing.
) => Result | PromiseLike<Result> | void;
