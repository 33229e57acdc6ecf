import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type HttpRequest, toHttpEvent } from '../../../src/emulator/function-url/http-event.ts';

const FACTS = { requestId: 'id', traceId: 'Root=1', now: new Date('2026-03-12T19:03:58.390Z') };

function eventOf(changes: Partial<HttpRequest> = {}): Readonly<Record<string, unknown>> {
  const request: HttpRequest = {
    method: 'POST',
    url: '/',
    httpVersion: '1.1',
    headers: { host: ['abc.example:8080'] },
    sourceIp: '10.0.0.1',
    body: new Uint8Array(),
    ...changes,
  };
  return toHttpEvent(request, FACTS);
}

test('the request context tells the time as Lambda does', () => {
  const context = eventOf()['requestContext'] as Readonly<Record<string, unknown>>;

  assert.equal(context['time'], '12/Mar/2026:19:03:58 +0000');
  assert.equal(context['timeEpoch'], 1_773_342_238_390);
  assert.deepEqual([context['domainName'], context['domainPrefix']], ['abc.example:8080', 'abc']);
});

test('several lines of a header become one, those of cookies a list as well', () => {
  const event = eventOf({
    headers: { 'x-a': ['1', '2'], cookie: ['a=1; b=2', 'c=3'], 'x-forwarded-for': ['9.9.9.9'] },
  });

  const headers = event['headers'] as Record<string, string>;
  assert.equal(headers['x-a'], '1,2');
  assert.equal(headers['cookie'], 'a=1; b=2; c=3');
  assert.equal(headers['x-forwarded-for'], '9.9.9.9,10.0.0.1');
  assert.deepEqual(event['cookies'], ['a=1', 'b=2', 'c=3']);
});

const BODIES: readonly (readonly [string, string | Uint8Array, 'text' | 'base64'])[] = [
  ['application/json', '{}', 'text'],
  ['application/json; charset=utf-8', '{}', 'text'],
  ['application/vnd.api+json', '{}', 'text'],
  ['text/plain', 'é', 'text'],
  ['TEXT/HTML', '<p>', 'text'],
  ['image/svg+xml', '<svg/>', 'base64'],
  ['application/x-www-form-urlencoded', 'a=1', 'base64'],
  ['application/octet-stream', 'a', 'base64'],
  ['', 'a', 'base64'],
  ['text/plain', Buffer.from([0xff, 0xfe]), 'base64'],
];

for (const [contentType, body, kind] of BODIES) {
  test(`a body of type "${contentType}" comes as ${kind}`, () => {
    const bytes = Buffer.from(body);
    const event = eventOf({ headers: { 'content-type': [contentType] }, body: bytes });

    assert.equal(event['isBase64Encoded'], kind === 'base64');
    assert.equal(event['body'], kind === 'text' ? body : bytes.toString('base64'));
  });
}

test('a query may have question marks of its own', () => {
  const event = eventOf({ url: '/a?b=?c' });

  assert.deepEqual([event['rawPath'], event['rawQueryString']], ['/a', 'b=?c']);
  assert.deepEqual(event['queryStringParameters'], { b: '?c' });
});
