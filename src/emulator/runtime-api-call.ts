// One call of the Runtime API as its endpoints see it, and the replies that they share.
import type { IncomingMessage } from 'node:http';

import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import { API_ERROR, STATUS } from '../core/runtime-api-spec.ts';
import type { Environment } from './environment.ts';
import type { MutableExchange } from './exchange-log.ts';
import type { Endpoint } from './faults.ts';
import { jsonReply, type Reply } from './http-reply.ts';

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
  readonly environment: Environment;
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

export function accepted(): Reply {
  return jsonReply(STATUS.accepted, { status: 'OK' });
}

export function apiError(status: number, errorType: string, errorMessage: string): Reply {
  return jsonReply(status, { errorMessage, errorType });
}

export function refuseState(text: string): Reply {
  return apiError(STATUS.forbidden, API_ERROR.invalidStateTransition, text);
}

export function refuseId(): Reply {
  return apiError(STATUS.badRequest, API_ERROR.invalidRequestId, 'Invalid request ID');
}

export function refuseSize(): Reply {
  return apiError(
    STATUS.tooLarge,
    API_ERROR.requestEntityTooLarge,
    `Exceeded maximum allowed payload size (${PAYLOAD_BYTES_MAX} bytes).`,
  );
}
