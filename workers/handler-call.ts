// Calls the handler in the shape it was written for: promise, plain value, or callback.
import type { BulkheadContext } from '../src/core/bulkhead-context.ts';
import type { LoadedHandler } from './loading/handler-loader.ts';

type Callback = (error?: unknown, result?: unknown) => void;

// Taken before user code can replace it.
const { Promise: NodePromise } = globalThis;

/** It declares a third parameter (row A2.18). */
export function takesCallback(handler: LoadedHandler): boolean {
  return handler.parameterCount >= 3;
}

/**
 * A handler that declares a third parameter may answer through it; whichever of callback and
 * returned promise comes first counts. Anything else returns its result, or the promise of it.
 *
 * @throws whatever the handler throws before it returns.
 */
export function callHandler(
  handler: LoadedHandler,
  event: unknown,
  context: BulkheadContext,
): unknown {
  if (!takesCallback(handler)) return handler.call(event, context);
  return new NodePromise((resolve, reject) => {
    const callback: Callback = (error, result) => {
      if (error === undefined || error === null) resolve(result);
      else reject(error);
    };
    const returned = handler.call(event, context, callback);
    if (isThenable(returned)) returned.then(resolve, reject);
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
