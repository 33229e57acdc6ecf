// What `import 'lambda-bulkhead'` gives: the runtime as a function, and its settings.
export type {
  AbortCause,
  BulkheadContext,
  InvocationAborted,
  TraceContext,
} from './core/bulkhead-context.ts';
export { isRuntimeError, RuntimeError } from './core/errors.ts';
export { SETTING_ROWS, type SettingRow } from './core/settings.ts';
export { VERSION } from './core/version.ts';
export { type RuntimeOptions, runRuntime } from './main.ts';
