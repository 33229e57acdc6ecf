// Calls the handler in the shape it was written for: promise, plain value, or callback.
import type { Context } from './handler-context.ts';
import type { LoadedHandler } from './handler-loader.ts';

type Callback = (error?: unknown, result?: unknown) => void;

/**
 * A handler that declares a third parameter may answer through it; whichever of callback and
 * returned promise comes first counts. Anything else is awaited as it is.
 */
export function callHandler(
  handler: LoadedHandler,
  event: unknown,
  context: Context,
): Promise<unknown> {
  if (handler.parameterCount < 3) return callPlain(handler, event, context);
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, result) => {
      if (error === undefined || error === null) resolve(result);
      else reject(error);
    };
    const returned = handler.call(event, context, callback);
    if (isThenable(returned)) returned.then(resolve, reject);
  });
}

async function callPlain(
  handler: LoadedHandler,
  event: unknown,
  context: Context,
): Promise<unknown> {
  return await handler.call(event, context);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
