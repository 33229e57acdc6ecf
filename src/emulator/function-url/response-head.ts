// Status and headers of an HTTP response as a function says them: statusCode, headers, cookies.
import { validateHeaderName, validateHeaderValue } from 'node:http';

export type ResponseHead = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
};

export type Checked<Value> =
  | { readonly kind: 'valid'; readonly value: Value }
  | { readonly kind: 'broken'; readonly flaw: string };

/** They belong to the connection, or follow from the body that is sent. */
const NOT_THE_FUNCTIONS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** `flaw` completes a sentence: what is wrong with which field, and what it accepts. */
export function parseHead(
  fields: Readonly<Record<string, unknown>>,
  contentType: string,
): Checked<ResponseHead> {
  const { statusCode = 200, headers, cookies } = fields;
  const status = typeof statusCode === 'string' ? Number(statusCode) : statusCode;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    return broken(`statusCode is ${show(statusCode)}, it accepts a whole number from 200 to 599`);
  }
  const checked = parseHeaders(headers ?? {});
  if (checked.kind === 'broken') return checked;
  const all = { 'content-type': contentType, ...checked.value };
  const isListOfTexts =
    Array.isArray(cookies) && cookies.every((cookie) => typeof cookie === 'string');
  if (cookies !== undefined && cookies !== null && !isListOfTexts) {
    return broken(`cookies is ${show(cookies)}, it accepts a list of strings`);
  }
  if (!isListOfTexts || cookies.length === 0) return valid({ status, headers: all });
  const flaw = cookies.map((cookie) => findFlaw('set-cookie', cookie)).find(Boolean);
  if (flaw !== undefined) return broken(`cookies: ${flaw}`);
  const own = checked.value['set-cookie'];
  const setCookie = own === undefined ? cookies : [own, ...cookies];
  return valid({ status, headers: { ...all, 'set-cookie': setCookie } });
}

function parseHeaders(headers: unknown): Checked<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    return broken(`headers is ${show(headers)}, it accepts an object of strings`);
  }
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) continue;
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      return broken(`the header "${name}" is ${show(value)}, it accepts a string`);
    }
    const flaw = findFlaw(name, String(value));
    if (flaw !== undefined) return broken(`headers: ${flaw}`);
    if (!NOT_THE_FUNCTIONS.has(name.toLowerCase())) all[name.toLowerCase()] = String(value);
  }
  return valid(all);
}

function findFlaw(name: string, value: string): string | undefined {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A value as JSON, short enough for a line of a log. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function valid<Value>(value: Value): Checked<Value> {
  return { kind: 'valid', value };
}

function broken(flaw: string): { readonly kind: 'broken'; readonly flaw: string } {
  return { kind: 'broken', flaw };
}
