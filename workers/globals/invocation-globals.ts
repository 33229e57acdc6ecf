// What user code finds of an invocation without its context: `globalThis.awslambda` with the invoke
// store, and the globals of log libraries. Made before the handler's module is loaded.
import type { TraceContext } from '../../src/core/bulkhead-context.ts';
import type { HookRegistration } from '../../src/core/snapshot-hooks.ts';
import type { InvokeTask } from '../../src/core/thread-protocol.ts';
import type { Environment } from '../handler-context.ts';
import {
  MultiInvokeStore,
  PROTECTED_KEYS,
  SingleInvokeStore,
  type StoreContext,
} from './invoke-store.ts';
import { HttpResponseStream, streamifyResponse } from './response-streaming.ts';

/** Log libraries written for version 3 of the reference client read them (row A3.17). */
const LOG_REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
const LOG_TENANT_ID = Symbol.for('aws.lambda.runtime.tenantId');

const logGlobals: { [key: symbol]: unknown } = globalThis;
const { BAGGAGE, REQUEST_ID, TENANT_ID, TRACEPARENT, TRACESTATE, X_RAY_TRACE_ID } = PROTECTED_KEYS;

type Run = <T>(context: StoreContext, call: () => T) => T;
type Facts = Pick<InvokeTask, 'requestId' | 'traceId' | 'tenantId'>;

export type InvocationGlobals = {
  /** Calls user code for that invocation. */
  readonly runFor: <T>(task: Facts, w3c: TraceContext, call: () => T) => T;
};

/**
 * Preloads have run by now. One that has asked the npm package for its store has got one that is on
 * `awslambda` already: everybody gets that, so it is the one to fill.
 */
export function installInvocationGlobals(
  env: Readonly<Environment>,
  multiConcurrent: boolean,
  registration: Partial<HookRegistration> = {},
): InvocationGlobals {
  const runInStore = isOptedOut(env) ? undefined : installAwslambda(multiConcurrent, registration);
  return {
    runFor(task, w3c, call) {
      // They have room for one invocation.
      if (!multiConcurrent) setLogGlobals(task);
      return runInStore === undefined ? call() : runInStore(toStoreContext(task, w3c), call);
    },
  };
}

/** Row A3.16. */
function isOptedOut(env: Readonly<Environment>): boolean {
  const value = env['AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA'];
  return value === '1' || value === 'true';
}

function installAwslambda(multiConcurrent: boolean, registration: Partial<HookRegistration>): Run {
  const holder = globalThis as { awslambda?: { readonly InvokeStore?: unknown } };
  const found = holder.awslambda?.InvokeStore;
  const store = isStore(found)
    ? found
    : multiConcurrent
      ? new MultiInvokeStore()
      : new SingleInvokeStore();
  const awslambda = {
    ...holder.awslambda,
    streamifyResponse,
    HttpResponseStream,
    InvokeStore: store,
  };
  // Whoever lists the members finds those of the reference client (row A3.13).
  for (const [name, value] of Object.entries(registration)) {
    Object.defineProperty(awslambda, name, { value, writable: true, configurable: true });
  }
  holder.awslambda = awslambda;
  return store.run.bind(store) as Run;
}

function isStore(value: unknown): value is { readonly run: Run } {
  const isHolder = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isHolder && typeof (value as { readonly run?: unknown }).run === 'function';
}

function setLogGlobals({ requestId, tenantId }: Facts): void {
  try {
    logGlobals[LOG_TENANT_ID] = tenantId;
    logGlobals[LOG_REQUEST_ID] = requestId;
  } catch {
    // Whoever has made them read-only wants what is there.
  }
}

function toStoreContext(task: Facts, w3c: TraceContext): StoreContext {
  const context: StoreContext = {
    [REQUEST_ID]: task.requestId,
    [X_RAY_TRACE_ID]: task.traceId,
    [TENANT_ID]: task.tenantId,
  };
  if (w3c.traceparent !== undefined) context[TRACEPARENT] = w3c.traceparent;
  if (w3c.tracestate !== undefined) context[TRACESTATE] = w3c.tracestate;
  if (w3c.baggage !== undefined) context[BAGGAGE] = w3c.baggage;
  return context;
}
