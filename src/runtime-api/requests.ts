// The requests an invocation ends with, as values: built here, sent elsewhere.
import {
  boundErrorPayload,
  type ErrorPayload,
  serializeErrorPayload,
} from '../core/error-payload.ts';
import type { InvocationKey } from '../core/invocation.ts';
import {
  ERROR_BODY_BYTES_MAX,
  PIPELINED_BODY_BYTES_MAX,
  STREAM_ERROR_BYTES_MAX,
} from '../core/limits.ts';
import type { ErrorOutcome, Outcome } from '../core/outcome.ts';
import {
  DEFAULT_STREAM_TYPE,
  HEADER,
  INVOCATION_PATH,
  STREAMING_MODE,
  TRAILER,
} from '../core/runtime-api-spec.ts';
import type { PostHead, Trailers } from './streamed-post.ts';
import type { RequestParts } from './transport.ts';

/** What a trailer may carry, and no name that anybody means is longer. */
const TRAILER_TEXT = /^[\x21-\x7e][\x20-\x7e]{0,127}$/;

/** `POST /runtime/invocation/{id}/response` or `/error`, with the echo of the invocation id. */
export function toAnswer(key: InvocationKey, outcome: Outcome): RequestParts {
  const base = toBase(key);
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

/** The head of a streamed response (row A8.3). */
export function toStreamHead(key: InvocationKey, contentType: string | undefined): PostHead {
  const { invocationId } = key;
  return {
    path: `${toBase(key)}/response`,
    headers: {
      'Content-Type': contentType ?? DEFAULT_STREAM_TYPE,
      [HEADER.responseMode]: STREAMING_MODE,
      Trailer: [TRAILER.errorType, TRAILER.errorBody],
      'Transfer-Encoding': 'chunked',
      ...(invocationId === undefined ? {} : { [HEADER.invocationId]: invocationId }),
    },
  };
}

/** What stands behind the body of a stream that has failed (row A8.13): of a handler's own error
 * its name as it is; of what this runtime has decided what a header would say. */
export function toTrailers({ kind, error, headerType }: ErrorOutcome): Trailers {
  const isOwnName = kind === 'failure' && TRAILER_TEXT.test(error.errorType);
  const json = serializeErrorPayload(boundErrorPayload(error, STREAM_ERROR_BYTES_MAX));
  return {
    [TRAILER.errorType]: isOwnName ? error.errorType : headerType,
    [TRAILER.errorBody]: Buffer.from(json).toString('base64'),
  };
}

function toBase({ requestId }: InvocationKey): string {
  return `${INVOCATION_PATH}${encodeURIComponent(requestId)}`;
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
