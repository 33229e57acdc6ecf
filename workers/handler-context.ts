// One invocation -> the `context` argument of the handler (rows A3.1 to A3.11 and A12.3).
import type { BulkheadContext, TraceContext } from '../src/core/bulkhead-context.ts';
import { RuntimeError } from '../src/core/errors.ts';
import { HEADER } from '../src/core/runtime-api-spec.ts';
import type { InvokeTask } from '../src/core/thread-protocol.ts';
import type { HandlerCall } from './handler-call.ts';
import { hiddenProperty } from './hidden-field.ts';
import { addSignal, carriedBy, type InvocationSignal } from './invocation-signal.ts';
import { NO_W3C_FIELDS, takeW3cFields } from './w3c-fields.ts';

// Taken before user code can replace them.
const { assign, defineProperty } = Object;
const { parse } = JSON;

export type Environment = Record<string, string | undefined>;

/** The platform's longest timeout, ms: what is left when it sent no deadline. Finite, because
 * handlers give this number to timers, and those fire at once on infinity. */
const REMAINING_MS_WITHOUT_DEADLINE = 15 * 60 * 1000;

/** Most invocations have none, and share the method. */
const NO_W3C: PropertyDescriptor = toW3cMethod(NO_W3C_FIELDS);

// Shared by all contexts: properties of each one's own would take twice as long.
const WAITS = hiddenProperty(
  'callbackWaitsForEmptyEventLoop',
  (context) => partsOf(context)?.waitsForEmptyLoop ?? true,
);
const SUCCEED = hiddenProperty('succeed', (context) => callOf(context)?.succeed);
const FAIL = hiddenProperty('fail', (context) => callOf(context)?.fail);
const DONE = hiddenProperty('done', (context) => callOf(context)?.done);

type JsonField = { readonly header: string; readonly errorType: string };

const CLIENT_CONTEXT: JsonField = {
  header: HEADER.clientContext,
  errorType: 'Runtime.InvalidClientContext',
};
const COGNITO_IDENTITY: JsonField = {
  header: HEADER.cognitoIdentity,
  errorType: 'Runtime.InvalidCognitoIdentity',
};

/** What the handler may say through its context, and what it is told. */
export type ContextParts = {
  readonly signal: InvocationSignal;
  readonly call: CompletionParts;
  /** Whether the result given to a callback waits, unless the handler says otherwise. */
  readonly waitsForEmptyLoop: boolean;
};
type CompletionParts = Pick<HandlerCall, 'takesCallback' | 'done' | 'succeed' | 'fail'>;

/**
 * The context of one invocation, a fresh object each time; the order of its keys is the reference
 * client's (row A3.1). A variable that is not set gives undefined (row A1.8 D).
 *
 * The members of version 3 (row A3.2) are there, too: for a handler with a callback, which only
 * that version runs, among the keys; for all others not enumerable, as is `w3c`.
 *
 * @throws RuntimeError `Runtime.InvalidClientContext` or `Runtime.InvalidCognitoIdentity` when that
 * header is not JSON: the invocation fails, nothing else does.
 */
export function buildContext(
  task: InvokeTask,
  env: Readonly<Environment>,
  parts: ContextParts,
): BulkheadContext {
  const clientContext = parseField(task.clientContext, CLIENT_CONTEXT);
  const context = {
    clientContext,
    identity: parseField(task.cognitoIdentity, COGNITO_IDENTITY),
    invokedFunctionArn: task.functionArn,
    awsRequestId: task.requestId,
    tenantId: task.tenantId,
    xRayTraceId: task.traceId,
    getRemainingTimeInMillis: remainingTime(task.deadlineEpochMs),
    functionName: env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: env['AWS_LAMBDA_FUNCTION_VERSION'],
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'],
  };
  defineProperty(context, 'w3c', toW3cProperty(clientContext));
  addCompletion(context, parts);
  return addSignal(context, parts) as BulkheadContext;
}

/**
 * Puts the trace id where tracing libraries look for it, or removes the last invocation's (row
 * A3.11). Not to be called when several invocations share one environment.
 *
 * @param env the worker's own `process.env`: it is a copy, so the supervisor cannot do this.
 */
export function setTraceId(env: Environment, traceId: string | undefined): void {
  if (traceId === undefined || traceId === '') delete env['_X_AMZN_TRACE_ID'];
  else env['_X_AMZN_TRACE_ID'] = traceId;
}

/** Of a context made here. */
function partsOf(context: object): ContextParts | undefined {
  return carriedBy(context) as ContextParts | undefined;
}

function callOf(context: object): CompletionParts | undefined {
  return partsOf(context)?.call;
}

function toW3cProperty(clientContext: unknown): PropertyDescriptor {
  if (clientContext === undefined) return NO_W3C;
  const fields = takeW3cFields(clientContext);
  return fields === NO_W3C_FIELDS ? NO_W3C : toW3cMethod(fields);
}

function toW3cMethod(fields: TraceContext): PropertyDescriptor {
  return { value: () => fields, writable: true, enumerable: false, configurable: true };
}

/** The context belongs to the handler: it may assign and delete. */
function addCompletion(context: object, { call, waitsForEmptyLoop }: ContextParts): void {
  const { done, fail, succeed } = call;
  if (call.takesCallback) {
    assign(context, { callbackWaitsForEmptyEventLoop: waitsForEmptyLoop, succeed, fail, done });
    return;
  }
  defineProperty(context, 'callbackWaitsForEmptyEventLoop', WAITS);
  defineProperty(context, 'succeed', SUCCEED);
  defineProperty(context, 'fail', FAIL);
  defineProperty(context, 'done', DONE);
}

/** Asks the clock at each call, by its global name: tests of handlers replace `Date` (row A3.3). */
function remainingTime(deadlineEpochMs: number | undefined): () => number {
  const endEpochMs = deadlineEpochMs ?? Date.now() + REMAINING_MS_WITHOUT_DEADLINE;
  return () => endEpochMs - Date.now();
}

function parseField(text: string | undefined, field: JsonField): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return parse(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot parse ${field.header} as JSON: ${detail}`;
    throw new RuntimeError(field.errorType, message, { cause });
  }
}
