// The requests an invocation ends with, as values: built here, sent elsewhere.
import {
  boundErrorPayload,
  type ErrorPayload,
  serializeErrorPayload,
} from '../core/error-payload.ts';
import type { InvocationKey } from '../core/invocation.ts';
import { ERROR_BODY_BYTES_MAX, PIPELINED_BODY_BYTES_MAX } from '../core/limits.ts';
import type { Outcome } from '../core/outcome.ts';
import { HEADER, INVOCATION_PATH } from '../core/runtime-api-spec.ts';
import type { RequestParts } from './transport.ts';

/** `POST /runtime/invocation/{id}/response` or `/error`, with the echo of the invocation id. */
export function toAnswer(key: InvocationKey, outcome: Outcome): RequestParts {
  const base = `${INVOCATION_PATH}${encodeURIComponent(key.requestId)}`;
  const echo = key.invocationId === undefined ? [] : [HEADER.invocationId, key.invocationId];
  if (outcome.kind !== 'success') {
    const request = toErrorRequest(`${base}/error`, echo, outcome);
    return { ...request, isPipelined: mayBeFollowed(request.body) };
  }
  return {
    method: 'POST',
    path: `${base}/response`,
    headers: ['content-type', 'application/json', ...echo],
    body: outcome.body,
    isPipelined: mayBeFollowed(outcome.body),
  };
}

function mayBeFollowed(body: Uint8Array): boolean {
  return body.byteLength <= PIPELINED_BODY_BYTES_MAX;
}

type ErrorReport = {
  readonly error: ErrorPayload;
  readonly headerType: string;
  readonly xrayCause?: string | undefined;
};

/** `/runtime/invocation/{id}/error` and `/runtime/init/error` differ in the path only. */
export function toErrorRequest(
  path: string,
  echo: readonly string[],
  report: ErrorReport,
): RequestParts & { readonly body: Uint8Array } {
  const payload = boundErrorPayload(report.error, ERROR_BODY_BYTES_MAX);
  const cause = report.xrayCause === undefined ? [] : [HEADER.xrayErrorCause, report.xrayCause];
  return {
    method: 'POST',
    path,
    headers: [
      'content-type',
      'application/json',
      HEADER.errorType,
      report.headerType,
      ...cause,
      ...echo,
    ],
    body: new TextEncoder().encode(serializeErrorPayload(payload)),
  };
}
