// A reply as a value, and how it is put on the wire.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { DISCARDED_BYTES_MAX, LENGTH_FRAMED_BYTES_MAX, LINGER_MS_MAX } from './emulator-limits.ts';
import type { Fault } from './faults.ts';
import { discardBody } from './http-body.ts';

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

export function textReply(status: number, text: string): Reply {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: Buffer.from(text),
  };
}

/** The two replies of Go's router to requests that no route takes. */
export function notFoundReply(): Reply {
  const reply = textReply(404, '404 page not found\n');
  return { ...reply, headers: { ...reply.headers, 'X-Content-Type-Options': 'nosniff' } };
}

export function wrongMethodReply(allowed: string): Reply {
  return { status: 405, headers: { Allow: allowed }, body: new Uint8Array() };
}

export function jsonReply(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body };
}

/** Writes the whole reply; resolves when it is handed to the system, or the connection is gone. */
export async function sendReply(exchange: Exchange, reply: Reply): Promise<void> {
  const { request, response } = exchange;
  const isBodyRead = await discardBody(request, DISCARDED_BYTES_MAX);
  if (isGone(request)) return;
  const isLarge = reply.body.length > LENGTH_FRAMED_BYTES_MAX;
  writeHead(response, reply, { isChunked: isLarge && isBodyRead, isLast: !isBodyRead });
  if (!isBodyRead) await lingerAfter(exchange, reply.body);
  const done = finished(exchange);
  response.end(isBodyRead ? reply.body : undefined);
  await done;
}

/** Sends the reply the way the fault says; the request has been processed already. */
export async function sendFaultyReply(
  exchange: Exchange,
  reply: Reply,
  fault: Fault,
): Promise<void> {
  const { request, response } = exchange;
  const socket = request.socket;
  switch (fault.kind) {
    case 'reset-after':
      resetConnection(socket);
      return;
    case 'garbage':
      socket.end(fault.bytes ?? 'this is not HTTP\r\n\r\n');
      return;
    case 'truncate':
      await discardBody(request, Infinity);
      writeHead(response, reply, { isChunked: false, isLast: false });
      response.write(reply.body.subarray(0, fault.bytes), () => socket.destroy());
      return;
    case 'slow':
      await sendSlowly(exchange, reply, fault);
      return;
    default:
      await sendReply(exchange, reply);
  }
}

/** Ends a connection with RST, as a dying peer does. */
export function resetConnection(socket: Socket): void {
  socket.resetAndDestroy();
}

async function sendSlowly(
  exchange: Exchange,
  reply: Reply,
  pace: { readonly chunkBytes: number; readonly pauseMs: number },
): Promise<void> {
  const { request, response } = exchange;
  await discardBody(request, Infinity);
  writeHead(response, reply, {
    isChunked: reply.body.length > LENGTH_FRAMED_BYTES_MAX,
    isLast: false,
  });
  response.flushHeaders();
  const step = Math.max(1, pace.chunkBytes);
  for (let offset = 0; offset < reply.body.length && !isGone(request); offset += step) {
    await sleep(pace.pauseMs);
    response.write(reply.body.subarray(offset, offset + step));
  }
  const done = finished(exchange);
  response.end();
  await done;
}

function writeHead(
  response: ServerResponse,
  reply: Reply,
  framing: { readonly isChunked: boolean; readonly isLast: boolean },
): void {
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  if (framing.isChunked) response.setHeader('Transfer-Encoding', 'chunked');
  else if (mayHaveBody(reply.status)) {
    response.setHeader('Content-Length', String(reply.body.length));
  }
  // Go's server names a connection option only on a connection that it closes.
  if (framing.isLast || !response.shouldKeepAlive) response.setHeader('Connection', 'close');
  else response.removeHeader('connection');
}

/** Writes the body, then swallows what the peer still sends: closing at once would reset the
 * connection and could destroy the reply before the peer has read it. */
async function lingerAfter({ request, response }: Exchange, body: Uint8Array): Promise<void> {
  response.write(body);
  const patience = new AbortController();
  const timer = sleep(LINGER_MS_MAX, undefined, { signal: patience.signal }).catch(() => {});
  await Promise.race([discardBody(request, Infinity), timer]);
  patience.abort();
}

function mayHaveBody(status: number): boolean {
  return status !== 204 && status !== 304 && status >= 200;
}

function isGone(request: IncomingMessage): boolean {
  return request.socket.destroyed;
}

function finished({ request, response }: Exchange): Promise<void> {
  if (isGone(request)) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    response.off('finish', stop);
    request.socket.off('close', stop);
    resolve();
  };
  response.on('finish', stop);
  request.socket.on('close', stop);
  return promise;
}
