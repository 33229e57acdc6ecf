// A Function URL on a port: every HTTP request is an invocation.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { PAYLOAD_BYTES_MAX } from '../../core/limits.ts';
import type { EmulatorConfig } from '../emulator-options.ts';
import type { Intake } from '../environment-ports.ts';
import { readBody } from '../http-body.ts';
import { HttpListener } from '../http-listener.ts';
import { toInvokeRequest } from '../invoke-options.ts';
import { invokeFunction, toResult, toTooLargeRequest } from '../invoke-service.ts';
import { makeTraceId } from '../trace-id.ts';
import { FunctionUrlSink } from './function-url-sink.ts';
import { type HttpRequest, toHttpEvent } from './http-event.ts';

type Door = { readonly config: EmulatorConfig; readonly intake: Intake };

/** Undefined when no port is given for it. */
export async function openFunctionUrl(door: Door): Promise<HttpListener | undefined> {
  const { host, functionUrlPort: port } = door.config;
  if (port === undefined) return undefined;
  return await HttpListener.open({
    host,
    port,
    portOption: 'functionUrlPort',
    serve: (request, response) => serve(door, request, response),
  });
}

async function serve(
  { config, intake }: Door,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, PAYLOAD_BYTES_MAX);
  if (!body.isComplete) {
    request.socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const traceId = request.headersDistinct['x-amzn-trace-id']?.[0] ?? makeTraceId();
  const http = toHttpRequest(request, body.bytes);
  const event = toHttpEvent(http, { requestId, traceId, now: new Date() });
  const invoke = toInvokeRequest(event, { requestId, traceId }, config);
  const tell = (text: string): void => {
    config.onLog({ line: `RequestId: ${requestId} ${text}`, source: 'platform', requestId });
  };
  const sink = new FunctionUrlSink(response, invoke, tell);
  // The event counts, which is more than the body: bytes that are not text are base64 in it.
  const isTooLarge = Math.max(body.sizeBytes, invoke.event.length) > PAYLOAD_BYTES_MAX;
  const result = isTooLarge
    ? toResult(invoke, toTooLargeRequest(invoke.type))
    : await invokeFunction(intake, invoke, sink);
  await sink.end(result);
}

function toHttpRequest(request: IncomingMessage, body: Uint8Array): HttpRequest {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    httpVersion: request.httpVersion,
    headers: request.headersDistinct,
    // An IPv4 address in the form of IPv6, as a socket for both has it, is the IPv4 address.
    sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    body,
  };
}
