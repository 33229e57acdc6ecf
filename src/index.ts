// What `import 'lambda-bulkhead'` gives: types for handlers, and the runtime as a function.
// Handlers import it, too: nothing of the runtime is loaded before it is started.
/// <reference types="node" preserve="true" />
import type { RuntimeOptions } from './main.ts';

export type {
  AbortCause,
  BulkheadContext,
  ClientContext,
  CognitoIdentity,
  InvocationAborted,
  TraceContext,
} from './core/bulkhead-context.ts';
export { isRuntimeError, RuntimeError } from './core/errors.ts';
export { SETTING_ROWS, type SettingRow } from './core/setting-rows.ts';
export { VERSION } from './core/version.ts';
export type { RuntimeOptions } from './main.ts';
export type {
  Awslambda,
  HttpResponsePrelude,
  InvokeStore,
  ResponseStream,
  StreamingHandler,
  StreamingOptions,
} from './types/awslambda.ts';
export type { BulkheadCallback, BulkheadHandler } from './types/handler.ts';

/**
 * Serves `$AWS_LAMBDA_RUNTIME_API` until told to stop, then ends the process: with 0 after a drain,
 * 1 when serving became impossible, 2 when the settings are wrong.
 */
export async function runRuntime(options: RuntimeOptions): Promise<void> {
  const runtime = await import('./main.ts');
  await runtime.runRuntime(options);
}
