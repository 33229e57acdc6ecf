// One event as the Runtime API handed it over. The payload stays bytes: only the worker parses it.
import { RuntimeError } from './errors.ts';
import { HEADER } from './runtime-api-spec.ts';

/** Identity of one attempt: a retry may reuse the request id (contract, section 1.4). */
export type InvocationKey = {
  readonly requestId: string;
  readonly invocationId: string | undefined;
};

export type Invocation = InvocationKey & {
  /** Unix time, ms; undefined when the header is missing or unreadable: then nothing is timed. */
  readonly deadlineEpochMs: number | undefined;
  readonly functionArn: string;
  readonly traceId: string | undefined;
  /** Raw JSON text; parsed in the worker so that a mistake fails this invocation only. */
  readonly clientContext: string | undefined;
  readonly cognitoIdentity: string | undefined;
  readonly tenantId: string | undefined;
  readonly event: Uint8Array;
  /** When it began to arrive, ms on the clock of durations; undefined: nobody has looked. */
  readonly firstByteAtMs?: number | undefined;
};

export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads the reply to `GET /runtime/invocation/next`.
 *
 * An empty value of an optional header means absent (contract, section 2). Only the request id is
 * indispensable.
 *
 * @param headers with their names in lower case.
 * @throws RuntimeError `Runtime.InvalidInvocation` when there is no request id.
 */
export function parseInvocation(
  headers: HeaderRecord,
  event: Uint8Array,
  firstByteAtMs?: number,
): Invocation {
  const requestId = fromWire(headerValue(headers, HEADER.requestId));
  if (requestId === undefined || requestId === '') {
    throw new RuntimeError(
      'Runtime.InvalidInvocation',
      `Cannot serve an invocation: the header ${HEADER.requestId} is missing`,
    );
  }
  const optional = (name: string): string | undefined =>
    fromWire(headerValue(headers, name)) || undefined;
  return {
    requestId,
    // Opaque and echoed as it came: not decoded.
    invocationId: headerValue(headers, HEADER.invocationId) || undefined,
    deadlineEpochMs: parseDeadline(headerValue(headers, HEADER.deadlineMs)),
    functionArn: headerValue(headers, HEADER.functionArn) ?? '',
    traceId: optional(HEADER.traceId),
    clientContext: optional(HEADER.clientContext),
    cognitoIdentity: optional(HEADER.cognitoIdentity),
    tenantId: optional(HEADER.tenantId),
    event,
    firstByteAtMs,
  };
}

const utf8 = new TextDecoder();

/** HTTP clients read each byte of a header as one character; the platform means UTF-8. */
function fromWire(value: string | undefined): string | undefined {
  if (value === undefined || !NOT_ASCII.test(value)) return value;
  const bytes = Array.from(value, (character) => character.charCodeAt(0));
  // Beyond one byte it has been decoded already.
  return bytes.every((byte) => byte < 256) ? utf8.decode(Uint8Array.from(bytes)) : value;
}

/** Anything outside printable ASCII and tab. */
const NOT_ASCII = /[^\t -~]/;

function parseDeadline(text: string | undefined): number | undefined {
  const match = /^\s*(\d{1,16})/.exec(text ?? '');
  if (match?.[1] === undefined) return undefined;
  const value = Number(match[1]);
  return value > 0 ? value : undefined;
}

function headerValue(headers: HeaderRecord, name: string): string | undefined {
  const value = headers[name];
  return value === undefined || typeof value === 'string' ? value : value[0];
}
