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
};

export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads the reply to `GET /runtime/invocation/next`.
 *
 * Header names may come in any case; an empty value of an optional header means absent (contract,
 * section 2). Only the request id is indispensable.
 *
 * @throws RuntimeError `Runtime.InvalidInvocation` when there is no request id.
 */
export function parseInvocation(headers: HeaderRecord, event: Uint8Array): Invocation {
  const values = lowerCased(headers);
  const requestId = values.get(HEADER.requestId);
  if (requestId === undefined || requestId === '') {
    throw new RuntimeError(
      'Runtime.InvalidInvocation',
      `Cannot serve an invocation: the header ${HEADER.requestId} is missing`,
    );
  }
  const optional = (name: string): string | undefined => values.get(name) || undefined;
  return {
    requestId,
    invocationId: optional(HEADER.invocationId),
    deadlineEpochMs: parseDeadline(values.get(HEADER.deadlineMs)),
    functionArn: values.get(HEADER.functionArn) ?? '',
    traceId: optional(HEADER.traceId),
    clientContext: optional(HEADER.clientContext),
    cognitoIdentity: optional(HEADER.cognitoIdentity),
    tenantId: values.get(HEADER.tenantId),
    event,
  };
}

function parseDeadline(text: string | undefined): number | undefined {
  const match = /^\s*(\d{1,16})/.exec(text ?? '');
  if (match?.[1] === undefined) return undefined;
  const value = Number(match[1]);
  return value > 0 ? value : undefined;
}

function lowerCased(headers: HeaderRecord): Map<string, string> {
  const values = new Map<string, string>();
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    const text = typeof value === 'string' ? value : (value[0] ?? '');
    if (!values.has(name.toLowerCase())) values.set(name.toLowerCase(), text);
  }
  return values;
}
