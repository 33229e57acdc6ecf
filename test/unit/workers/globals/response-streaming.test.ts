import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  HttpResponseStream,
  type PreludeStream,
  streamifyResponse,
} from '../../../../workers/globals/response-streaming.ts';

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

function makeHandler(): (() => void) & Record<symbol, unknown> {
  return Object.assign(() => {}, {} as Record<symbol, unknown>);
}

test('streamifyResponse() marks the very function', () => {
  const handler = makeHandler();
  assert.equal(streamifyResponse(handler), handler);
  assert.equal(handler[STREAMING], 'response');
  assert.ok(!(HIGH_WATER_MARK in handler));
});

for (const [given, noted] of [
  [1024, 1024],
  [10.9, 10],
  ['1024', undefined],
] as const) {
  test(`streamifyResponse() with the high-water mark ${JSON.stringify(given)}`, () => {
    const handler = makeHandler();
    streamifyResponse(handler, { highWaterMark: given });
    assert.equal(handler[HIGH_WATER_MARK], noted);
  });
}

test('HttpResponseStream.from() has the prelude and eight zeros written before the body', () => {
  const types: string[] = [];
  const stream: PreludeStream = { setContentType: (type: string) => types.push(type) };
  const prelude = { statusCode: 201, headers: { 'x-name': 'é' } };

  assert.equal(HttpResponseStream.from(stream, prelude), stream);
  const chunks: Uint8Array[] = [];
  const write = (chunk: string | Uint8Array) => chunks.push(Buffer.from(chunk));
  (stream._onBeforeFirstWrite as (write: unknown) => void)(write);

  assert.deepEqual(types, ['application/vnd.awslambda.http-integration-response']);
  const expected = `${JSON.stringify(prelude)}${'\0'.repeat(8)}`;
  assert.equal(Buffer.concat(chunks).toString(), expected);
});
