// The Invoke API on a port: what the AWS SDK and the AWS CLI talk to, and the host's own routes.
import type { IncomingMessage, ServerResponse } from 'node:http';

import { toApiError } from './answers.ts';
import type { EmulatorConfig, RouteHandler } from './emulator-options.ts';
import type { Intake } from './environment-ports.ts';
import { type FunctionReference, toFunctionArn } from './function-name.ts';
import { readBody } from './http-body.ts';
import { HttpListener } from './http-listener.ts';
import { type Reply, sendReply } from './http-reply.ts';
import type { Answer } from './invocation.ts';
import {
  INVOKE,
  type InvokeOperation,
  parseInvokePath,
  parseInvokeRequest,
  parseType,
  STREAM_INVOKE,
  toRequestId,
} from './invoke-request.ts';
import {
  type InvokeResult,
  invokeFunction,
  toEventBytesMax,
  toResult,
  toTooLargeRequest,
} from './invoke-service.ts';
import { EventStreamSink } from './streaming/event-stream-sink.ts';

type Door = { readonly config: EmulatorConfig; readonly intake: Intake };
type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };
type InvokeCall = {
  readonly operation: InvokeOperation;
  readonly reference: FunctionReference;
  readonly requestId: string;
};

/** The path under which AWS's own emulator serves its function, whatever its name is. */
const EMULATOR_NAME = 'function';

export function openInvokeApi(door: Door): Promise<HttpListener> {
  return HttpListener.open({
    host: door.config.host,
    port: door.config.port,
    portOption: 'port',
    serve: (request, response) => serve(door, { request, response }),
  });
}

async function serve(door: Door, exchange: Exchange): Promise<void> {
  const reply = await route(door, exchange);
  if (reply === 'lost') exchange.request.socket.destroy();
  else if (reply !== 'sent') await sendReply(exchange, reply);
}

/** `lost`: the request never came to its end; `sent`: the response was a stream. */
async function route(door: Door, exchange: Exchange): Promise<Reply | 'lost' | 'sent'> {
  const { request } = exchange;
  const url = request.url ?? '';
  const path = url.split('?', 1)[0] ?? '';
  const handler = Object.hasOwn(door.config.routes, path) ? door.config.routes[path] : undefined;
  if (handler !== undefined) return await serveHostRoute(handler, request, path);
  const requestId = toRequestId(request.headers);
  const operation = path.startsWith(STREAM_INVOKE.prefix) ? STREAM_INVOKE : INVOKE;
  const reference = request.method === 'POST' ? parseInvokePath(url, operation) : undefined;
  if (reference === undefined) return toReply(toRefusal(requestId, toUnknown(request, path)));
  if (reference.kind === 'refused') return toReply(toRefusal(requestId, reference.answer));
  const unknown = findNameFlaw(door.config, reference.value);
  if (unknown !== undefined) return toReply(toRefusal(requestId, unknown));
  return await serveInvoke(door, exchange, { operation, reference: reference.value, requestId });
}

async function serveInvoke(
  { config, intake }: Door,
  { request, response }: Exchange,
  { operation, reference, requestId }: InvokeCall,
): Promise<Reply | 'lost' | 'sent'> {
  const { headers } = request;
  const type = parseType(headers, operation);
  if (type.kind === 'refused') return toReply(toRefusal(requestId, type.answer));
  const limit = toEventBytesMax(type.value);
  const body = await readBody(request, limit);
  if (!body.isComplete) return 'lost';
  if (body.sizeBytes > limit) {
    return toReply(toRefusal(requestId, toTooLargeRequest(type.value)));
  }
  const http = { reference, headers, requestId, body: body.bytes };
  const invoke = parseInvokeRequest(http, type.value, config);
  if (invoke.kind === 'refused') return toReply(toRefusal(requestId, invoke.answer));
  if (operation === INVOKE) return toReply(await invokeFunction(intake, invoke.value));
  const sink = new EventStreamSink(response, invoke.value);
  const result = await invokeFunction(intake, invoke.value, sink);
  if (result.statusCode !== 200 && !sink.isBegun) return toReply(result);
  await sink.end(result);
  return 'sent';
}

async function serveHostRoute(
  handler: RouteHandler,
  request: IncomingMessage,
  path: string,
): Promise<Reply> {
  const { method = '', headers } = request;
  const reply = await handler({ method, path, headers });
  return {
    status: reply.status,
    headers: { 'Content-Type': reply.contentType },
    body: Buffer.from(reply.body),
  };
}

/** The result in Lambda's headers and body. */
function toReply(result: InvokeResult): Reply {
  const isRefused = result.statusCode >= 300;
  const headers: Record<string, string> = { 'x-amzn-RequestId': result.requestId };
  if (result.payloadBytes.length > 0 || result.statusCode === 200) {
    headers['Content-Type'] = 'application/json';
  }
  if (result.statusCode === 200) headers['X-Amz-Executed-Version'] = '$LATEST';
  if (result.functionError !== undefined) headers['X-Amz-Function-Error'] = result.functionError;
  if (isRefused && result.errorType !== undefined) headers['x-amzn-errortype'] = result.errorType;
  if (!isRefused) headers['X-Amzn-Trace-Id'] = result.traceId;
  if (result.logTail !== undefined) {
    headers['X-Amz-Log-Result'] = Buffer.from(result.logTail).toString('base64');
  }
  return { status: result.statusCode, headers, body: result.payloadBytes };
}

function toRefusal(requestId: string, answer: Answer): InvokeResult {
  return toResult({ requestId, traceId: '' }, answer);
}

function findNameFlaw(config: EmulatorConfig, reference: FunctionReference): Answer | undefined {
  const { functionName } = reference;
  if (config.acceptsAnyName || functionName === config.functionName) return undefined;
  if (functionName === EMULATOR_NAME) return undefined;
  const arn = toFunctionArn({ ...config, functionName }, reference.qualifier);
  return toApiError({
    status: 404,
    errorType: 'ResourceNotFoundException',
    message: `Function not found: ${arn}`,
  });
}

function toUnknown(request: IncomingMessage, path: string): Answer {
  return toApiError({
    status: 404,
    errorType: 'UnknownOperationException',
    message: `Cannot ${request.method} ${path}: the emulator has no such operation`,
  });
}
