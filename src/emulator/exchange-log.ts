// What the Runtime API server has seen, for tests and for people who debug a runtime.
import type { IncomingMessage } from 'node:http';

import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import { EXCHANGE_BODY_BYTES_MAX, EXCHANGES_KEPT_MAX } from './emulator-limits.ts';
import type { Endpoint, Fault } from './faults.ts';
import { type RequestBody, readBody } from './http-body.ts';

/** One request to the Runtime API. The fields of the reply are undefined while it is owed. */
export type RuntimeExchange = {
  /** Counts from 1 over all endpoints. */
  readonly index: number;
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** The first 64 KiB of the body. */
  readonly requestBody: Uint8Array;
  readonly requestBodyBytes: number;
  readonly requestTrailers: Readonly<Record<string, string>>;
  readonly arrivedAtEpochMs: number;
  /** Undefined, too, when the connection was ended without a reply. */
  readonly status: number | undefined;
  readonly repliedAtEpochMs: number | undefined;
  /** The invocation that was handed out or answered. */
  readonly requestId: string | undefined;
  readonly fault: Fault | undefined;
};

export type MutableExchange = { -readonly [key in keyof RuntimeExchange]: RuntimeExchange[key] };

type Waiter = {
  readonly matches: (exchange: RuntimeExchange) => boolean;
  readonly resolve: (exchange: RuntimeExchange) => void;
};

export class ExchangeLog {
  readonly #onExchange: ((exchange: RuntimeExchange) => void) | undefined;
  readonly #kept: MutableExchange[] = [];
  #waiters: Waiter[] = [];
  #count = 0;

  constructor(onExchange?: (exchange: RuntimeExchange) => void) {
    this.#onExchange = onExchange;
  }

  /** Oldest first; at most EXCHANGES_KEPT_MAX. */
  get all(): readonly RuntimeExchange[] {
    return this.#kept;
  }

  open(
    head: Pick<RuntimeExchange, 'endpoint' | 'method' | 'path' | 'requestHeaders'>,
  ): MutableExchange {
    this.#count += 1;
    const exchange: MutableExchange = {
      ...head,
      index: this.#count,
      requestBody: new Uint8Array(),
      requestBodyBytes: 0,
      requestTrailers: {},
      arrivedAtEpochMs: Date.now(),
      status: undefined,
      repliedAtEpochMs: undefined,
      requestId: undefined,
      fault: undefined,
    };
    this.#kept.push(exchange);
    if (this.#kept.length > EXCHANGES_KEPT_MAX) this.#kept.shift();
    return exchange;
  }

  /** The exchange is over: a reply was sent, or the connection ended without one. */
  close(exchange: MutableExchange, status: number | undefined): void {
    exchange.status = status;
    exchange.repliedAtEpochMs = Date.now();
    this.#onExchange?.(exchange);
    const hit = this.#waiters.filter((waiter) => waiter.matches(exchange));
    this.#waiters = this.#waiters.filter((waiter) => !hit.includes(waiter));
    for (const waiter of hit) waiter.resolve(exchange);
  }

  /** Resolves to the first finished exchange that matches, past ones included. */
  wait(matches: (exchange: RuntimeExchange) => boolean): Promise<RuntimeExchange> {
    const isOver = (exchange: RuntimeExchange): boolean => exchange.repliedAtEpochMs !== undefined;
    const past = this.#kept.find((exchange) => isOver(exchange) && matches(exchange));
    if (past !== undefined) return Promise.resolve(past);
    const { promise, resolve } = Promise.withResolvers<RuntimeExchange>();
    this.#waiters.push({ matches, resolve });
    return promise;
  }
}

/** Reads a request's body to its end and notes it in the record. */
export async function recordBody(
  exchange: MutableExchange,
  request: IncomingMessage,
): Promise<RequestBody> {
  const body = await readBody(request, PAYLOAD_BYTES_MAX);
  // A copy, so that a large body behind a view can be freed.
  exchange.requestBody = Buffer.from(body.bytes.subarray(0, EXCHANGE_BODY_BYTES_MAX));
  exchange.requestBodyBytes = body.sizeBytes;
  recordTrailers(exchange, request);
  return body;
}

/** Notes one piece of a body that is handed on while it arrives. */
export function recordChunk(exchange: MutableExchange, chunk: Uint8Array): void {
  const wanted = chunk.subarray(0, EXCHANGE_BODY_BYTES_MAX - exchange.requestBody.length);
  if (wanted.length > 0) exchange.requestBody = Buffer.concat([exchange.requestBody, wanted]);
  exchange.requestBodyBytes += chunk.length;
}

export function recordTrailers(exchange: MutableExchange, request: IncomingMessage): void {
  const trailers = Object.entries(request.trailers).map(([name, value]) => [name, value ?? '']);
  exchange.requestTrailers = Object.fromEntries(trailers);
}
