// What an invocation has come to -> the HTTP response of a Function URL, when it comes whole.
import type { InvokeResult } from '../invoke-service.ts';
import { type Checked, parseHead, type ResponseHead } from './response-head.ts';

export type HttpAnswer = ResponseHead & { readonly body: Uint8Array };

const JSON_TYPE = 'application/json';

/** Says nothing about the function: what went wrong is in the log. */
export const BAD_GATEWAY: HttpAnswer = {
  status: 502,
  headers: { 'content-type': JSON_TYPE },
  body: Buffer.from('Internal Server Error'),
};

/** A refusal of the Invoke API; what the function answered; or what is wrong with that. */
export function toHttpAnswer(result: InvokeResult): Checked<HttpAnswer> {
  const { statusCode, functionError, payload, payloadBytes } = result;
  if (statusCode !== 200) return { kind: 'valid', value: toRefusal(result) };
  if (functionError !== undefined) return { kind: 'valid', value: BAD_GATEWAY };
  if (payload === undefined) return { kind: 'broken', flaw: 'it is not JSON' };
  if (isObject(payload) && payload['statusCode'] !== undefined) return toWritten(payload);
  const headers = { 'content-type': JSON_TYPE };
  return { kind: 'valid', value: { status: 200, headers, body: payloadBytes } };
}

/** The function has said itself what the response is. */
function toWritten(payload: Readonly<Record<string, unknown>>): Checked<HttpAnswer> {
  const head = parseHead(payload, JSON_TYPE);
  if (head.kind === 'broken') return head;
  const { body, isBase64Encoded } = payload;
  if (body !== undefined && body !== null && typeof body !== 'string') {
    const flaw = `body is of the type ${typeof body}, it accepts a string`;
    return { kind: 'broken', flaw };
  }
  const bytes = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  return { kind: 'valid', value: { ...head.value, body: bytes } };
}

function toRefusal({ statusCode, payload }: InvokeResult): HttpAnswer {
  const Message = isObject(payload) ? payload['message'] : undefined;
  return {
    status: statusCode,
    headers: { 'content-type': JSON_TYPE },
    body: Buffer.from(JSON.stringify({ Message })),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
