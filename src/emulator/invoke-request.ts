// Turns an HTTP request for an invocation into an InvokeRequest, or into Lambda's refusal.
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { INVOKE_PATH_PREFIX, STREAM_INVOKE_PATH_PREFIX } from '../core/runtime-api-spec.ts';
import { toApiError } from './answers.ts';
import type { EmulatorConfig } from './emulator-options.ts';
import { type FunctionReference, parseFunctionReference, toFunctionArn } from './function-name.ts';
import type { Answer, InvocationType, InvokeRequest } from './invocation.ts';
import { makeTraceId } from './trace-id.ts';

export type HttpInvoke = {
  readonly reference: FunctionReference;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly body: Uint8Array;
};

export type Parsed<Value> =
  | { readonly kind: 'valid'; readonly value: Value }
  | { readonly kind: 'refused'; readonly answer: Answer };

/** The two operations that invoke a function, by their paths. */
export type InvokeOperation = {
  readonly prefix: string;
  readonly suffix: string;
  readonly types: readonly InvocationType[];
};

export const INVOKE: InvokeOperation = {
  prefix: INVOKE_PATH_PREFIX,
  suffix: '/invocations',
  types: ['RequestResponse', 'Event', 'DryRun'],
};

/** InvokeWithResponseStream: the response comes as an event stream. */
export const STREAM_INVOKE: InvokeOperation = {
  prefix: STREAM_INVOKE_PATH_PREFIX,
  suffix: '/response-streaming-invocations',
  types: ['RequestResponse', 'DryRun'],
};

/** An event that was left out reaches the function as an empty object. */
const EMPTY_EVENT: Uint8Array = Buffer.from('{}');

/** The function that a path of the Invoke API names; undefined for another path. */
export function parseInvokePath(
  url: string,
  { prefix, suffix }: InvokeOperation = INVOKE,
): Parsed<FunctionReference> | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  if (!path.startsWith(prefix) || !path.endsWith(suffix)) return undefined;
  const text = path.slice(prefix.length, -suffix.length);
  const reference = parseFunctionReference(decode(text));
  if (reference === undefined) {
    return refuse(400, 'ValidationException', `Cannot use the function name "${decode(text)}"`);
  }
  const qualifier = new URLSearchParams(query).get('Qualifier') ?? undefined;
  const isTwofold = qualifier !== undefined && reference.qualifier !== undefined;
  if (isTwofold && qualifier !== reference.qualifier) {
    const message = 'The derived qualifier from the function name does not match the one given';
    return refuse(400, 'InvalidParameterValueException', message);
  }
  return { kind: 'valid', value: { ...reference, qualifier: reference.qualifier ?? qualifier } };
}

/** The invocation type; it decides about the size limit, so it is read before the body. */
export function parseType(
  headers: IncomingHttpHeaders,
  { types }: InvokeOperation = INVOKE,
): Parsed<InvocationType> {
  const text = single(headers, 'x-amz-invocation-type') ?? 'RequestResponse';
  const type = types.find((one) => one === text);
  if (type !== undefined) return { kind: 'valid', value: type };
  return refuse(
    400,
    'InvalidParameterValueException',
    `Cannot use the invocation type "${text}": it is one of ${types.join(', ')}`,
  );
}

export function parseInvokeRequest(
  http: HttpInvoke,
  type: InvocationType,
  config: EmulatorConfig,
): Parsed<InvokeRequest> {
  const { headers, reference } = http;
  const logType = single(headers, 'x-amz-log-type') ?? 'None';
  if (logType !== 'None' && logType !== 'Tail') {
    const message = `Cannot use the log type "${logType}": it is None or Tail`;
    return refuse(400, 'InvalidParameterValueException', message);
  }
  const clientContext = parseClientContext(single(headers, 'x-amz-client-context'));
  if (clientContext.kind === 'refused') return clientContext;
  const event = http.body.length === 0 ? EMPTY_EVENT : http.body;
  const flaw = findJsonFlaw(event);
  if (flaw !== undefined) {
    const message = `Could not parse request body into json: ${flaw}`;
    return refuse(400, 'InvalidRequestContentException', message);
  }
  const name = config.acceptsAnyName ? reference.functionName : config.functionName;
  const isSync = type === 'RequestResponse';
  return {
    kind: 'valid',
    value: {
      event,
      type,
      requestId: http.requestId,
      functionArn: toFunctionArn({ ...config, functionName: name }, reference.qualifier),
      traceId: single(headers, 'x-amzn-trace-id') ?? makeTraceId(),
      // Lambda hands the client context on in synchronous invocations only.
      clientContext: isSync ? clientContext.value : undefined,
      cognitoIdentity: single(headers, 'x-amz-cognito-identity'),
      tenantId: single(headers, 'x-amz-tenant-id'),
      wantsLogTail: isSync && logType === 'Tail',
      timeoutMs: config.timeoutMs,
      deadlineEpochMs: undefined,
      nextHeaders: {},
    },
  };
}

/** The caller may choose the id, so that a test knows it beforehand; else it is a fresh UUID. */
export function toRequestId(headers: IncomingHttpHeaders): string {
  const wanted = single(headers, 'x-amzn-requestid');
  return wanted !== undefined && /^[\w.-]{1,128}$/.test(wanted) ? wanted : randomUUID();
}

function parseClientContext(text: string | undefined): Parsed<string | undefined> {
  if (text === undefined) return { kind: 'valid', value: undefined };
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  const decoded = Buffer.from(text, 'base64');
  if (isBase64 && findJsonFlaw(decoded) === undefined) {
    return { kind: 'valid', value: decoded.toString() };
  }
  const message = 'Client context must be a valid Base64-encoded JSON object.';
  return refuse(400, 'InvalidRequestContentException', message);
}

function findJsonFlaw(bytes: Uint8Array): string | undefined {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === '' ? undefined : text;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not valid percent encoding: taken literally, it names no function.
    return text;
  }
}

function refuse(status: number, errorType: string, message: string): Parsed<never> {
  return { kind: 'refused', answer: toApiError({ status, errorType, message }) };
}
