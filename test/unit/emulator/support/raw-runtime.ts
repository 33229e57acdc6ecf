// A Runtime API client made of plain HTTP requests, so that tests can break every rule of the API.
import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';

import {
  Emulator,
  type EmulatorOptions,
  type InvokeResult,
} from '../../../../src/emulator/emulator.ts';

export type RawReply = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
};

export type RawCall = {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  readonly trailers?: Record<string, string>;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
};

export const API = '/2018-06-01/runtime';
export const NEXT = `${API}/invocation/next`;
export const INIT_ERROR = `${API}/init/error`;

export function answerPath(id: string, verb: 'response' | 'error' = 'response'): string {
  return `${API}/invocation/${encodeURIComponent(id)}/${verb}`;
}

/** An emulator without a runtime and with a long function timeout; the test plays the runtime. */
export async function startBare(
  t: { after(close: () => Promise<void>): void },
  options: EmulatorOptions = {},
): Promise<Emulator> {
  const emulator = await Emulator.start({ timeoutMs: 900_000, onLog: () => {}, ...options });
  t.after(() => emulator.close());
  return emulator;
}

/** Starts a request. */
export function openCall(
  address: string,
  method: string,
  path: string,
  call: RawCall = {},
): { readonly request: ClientRequest; readonly reply: Promise<RawReply> } {
  const [host, port] = address.split(':');
  const headers = { ...call.headers };
  if (call.trailers !== undefined) headers['trailer'] = Object.keys(call.trailers).join(', ');
  const { agent = false } = call;
  const request = httpRequest({ host, port: Number(port), method, path, headers, agent });
  const { promise, resolve, reject } = Promise.withResolvers<RawReply>();
  request.on('error', reject);
  request.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const body = Buffer.concat(chunks);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        body,
        text: body.toString(),
      });
    });
  });
  return { request, reply: promise };
}

export function rawCall(
  address: string,
  method: string,
  path: string,
  call: RawCall = {},
): Promise<RawReply> {
  const { request, reply } = openCall(address, method, path, call);
  if (call.trailers !== undefined) {
    request.write(call.body ?? '');
    request.addTrailers(call.trailers);
    request.end();
  } else {
    request.end(call.body);
  }
  return reply;
}

export function next(emulator: Emulator, call: RawCall = {}): Promise<RawReply> {
  return rawCall(emulator.runtimeApi, 'GET', NEXT, call);
}

export function post(emulator: Emulator, path: string, call: RawCall = {}): Promise<RawReply> {
  return rawCall(emulator.runtimeApi, 'POST', path, call);
}

export function idOf(reply: RawReply): string {
  return String(reply.headers['lambda-runtime-aws-request-id']);
}

/** Lets the event loop turn until the condition holds: server and test share one process. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; turns < 100_000; turns += 1) {
    if (holds()) return;
    await turn();
  }
  throw new Error('Cannot go on: the condition never held');
}

/** A runtime that answers every event by `handle`, until the emulator closes. */
export async function runScripted(
  emulator: Emulator,
  handle: (event: RawReply) => string | Uint8Array | Promise<string | Uint8Array>,
): Promise<void> {
  try {
    for (;;) {
      const event = await next(emulator);
      if (event.status !== 200) return;
      await post(emulator, answerPath(idOf(event)), { body: await handle(event) });
    }
  } catch {
    // The connection ends with the emulator; that is how the loop is stopped.
  }
}

/** An emulator whose first invocation, of id `id`, has been handed out. */
export async function startRunning(
  t: Parameters<typeof startBare>[0],
  options: EmulatorOptions = {},
): Promise<{
  readonly emulator: Emulator;
  readonly event: RawReply;
  readonly result: Promise<InvokeResult>;
}> {
  const emulator = await startBare(t, options);
  const result = emulator.invoke({}, { requestId: 'id' });
  return { emulator, event: await next(emulator), result };
}
