// An HTTP request -> the event that a Function URL makes of it: payload format version 2.0.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads

export type HttpRequest = {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly httpVersion: string;
  /** Names in lower case, each line of a header by itself. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly sourceIp: string;
  readonly body: Uint8Array;
};

export type EventFacts = {
  readonly requestId: string;
  readonly traceId: string;
  readonly now: Date;
};

export type HttpEvent = Readonly<Record<string, unknown>>;

const ROUTE = '$default';

/** Bodies of these types are text; all others come as base64, forms included. */
const TEXT_TYPE = /^(text\/[^;]*|application\/(json|javascript|xml|[^;]*\+(json|xml)))\s*(;|$)/i;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function toHttpEvent(request: HttpRequest, facts: EventFacts): HttpEvent {
  const [rawPath = '/', ...queries] = request.url.split('?');
  const rawQueryString = queries.join('?');
  const headers = joinHeaders(request, facts.traceId);
  const cookies = (request.headers['cookie'] ?? []).flatMap((line) => line.split(/;\s*/));
  const host = headers['host'] ?? 'localhost';
  const domainPrefix = host.split('.', 1)[0];
  return {
    version: '2.0',
    routeKey: ROUTE,
    rawPath,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies: cookies.filter((cookie) => cookie !== '') }),
    headers,
    ...(rawQueryString === '' ? {} : { queryStringParameters: readQuery(rawQueryString) }),
    requestContext: {
      accountId: 'anonymous',
      apiId: domainPrefix,
      domainName: host,
      domainPrefix,
      http: {
        method: request.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: facts.requestId,
      routeKey: ROUTE,
      stage: ROUTE,
      time: toLogTime(facts.now),
      timeEpoch: facts.now.getTime(),
    },
    ...readBody(request.body, headers['content-type'] ?? ''),
  };
}

/** With what Lambda's front adds; several lines of a header become one. */
function joinHeaders(request: HttpRequest, traceId: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, lines = []] of Object.entries(request.headers)) {
    joined[name] = lines.join(name === 'cookie' ? '; ' : ',');
  }
  const port = /:(\d+)$/.exec(joined['host'] ?? '')?.[1] ?? '80';
  const via = joined['x-forwarded-for'];
  return {
    ...joined,
    'x-amzn-trace-id': traceId,
    'x-forwarded-for': via === undefined ? request.sourceIp : `${via},${request.sourceIp}`,
    'x-forwarded-port': port,
    'x-forwarded-proto': 'http',
  };
}

function readQuery(query: string): Record<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(all);
}

function readBody(bytes: Uint8Array, contentType: string): HttpEvent {
  if (bytes.length === 0) return { isBase64Encoded: false };
  const text = TEXT_TYPE.test(contentType) ? decode(bytes) : undefined;
  if (text !== undefined) return { body: text, isBase64Encoded: false };
  return { body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true };
}

/** Undefined for bytes that only pretend to be text. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // They go on as base64, whole.
    return undefined;
  }
}

/** `12/Mar/2020:19:03:58 +0000` */
function toLogTime(time: Date): string {
  const [day, clock] = [time.toISOString().slice(8, 10), time.toISOString().slice(11, 19)];
  return `${day}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}:${clock} +0000`;
}
