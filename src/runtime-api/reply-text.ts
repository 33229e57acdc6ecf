// What a reply, or the lack of one, says: for messages and for the verdict on an answer.
import type { Reply } from './transport.ts';

export function errorTypeOf(reply: Reply): string | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(reply.body));
    const { errorType } = body as { errorType?: unknown };
    return typeof errorType === 'string' ? errorType : undefined;
  } catch {
    // Not our contract's error object: the status alone has to do.
    return undefined;
  }
}

export function describe(reply: Reply): string {
  const body = new TextDecoder().decode(reply.body.subarray(0, 300)).trim();
  return body === '' ? String(reply.status) : `${reply.status} ${body}`;
}

export function text(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' && !cause.message.includes(code)
    ? `${code} ${cause.message}`
    : cause.message || cause.name;
}
