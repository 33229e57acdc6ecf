// One call of the Runtime API as its endpoints see it.
import type { IncomingMessage } from 'node:http';

import type { RuntimeSide } from './environment-ports.ts';
import type { MutableExchange } from './exchange-log.ts';
import type { Endpoint } from './faults.ts';

export type Route = {
  readonly endpoint: Endpoint;
  readonly method: 'GET' | 'POST' | undefined;
  /** The id in the path of an answer. */
  readonly requestId: string | undefined;
};

export type RouteCall = {
  readonly request: IncomingMessage;
  readonly route: Route;
  readonly exchange: MutableExchange;
  readonly environment: RuntimeSide;
  readonly withInvocationId: boolean;
  /** Streamed responses get Lambda's bandwidth and no more. */
  readonly limitsBandwidth: boolean;
};

/** A header's value; absent and empty are the same. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === '' ? undefined : text;
}
