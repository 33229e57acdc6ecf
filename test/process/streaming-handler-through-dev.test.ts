// A handler that streams, from its write to the AWS SDK and to curl, through `bulkhead dev`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';

import { type CalledDev, NEEDS_CURL, startDev } from '../support/dev-callers.ts';

/** The second line is written when the reader of the first one asks for it, by a file. */
const HANDLER = `
  import { existsSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
    const { name, ms } = event.queryStringParameters ?? event;
    const stream = awslambda.HttpResponseStream.from(responseStream, {
      statusCode: 203, headers: { 'x-a': 'b' }, cookies: ['c=d'],
    });
    stream.write('at ' + Date.now() + '\\n');
    while (name !== undefined && !existsSync(name)) await sleep(5);
    if (ms === 'fails') throw new RangeError('out of stock');
    stream.end('second\\n');
  });`;
/** From the write to the reader, ms. */
const FIRST_BYTE_MS_MAX = 50;
/** The machine has other things to do now and then. */
const TRIES = 10;

let called: CalledDev;

before(async () => {
  called = await startDev(HANDLER);
});

after(() => called.stop());

test('the SDK has the first line while the second is not written yet', async () => {
  const name = join(called.folder, 'sdk');
  const texts: string[] = [];
  for await (const text of chunksOf({ name })) {
    texts.push(text);
    // The prelude is the caller's to interpret: nobody stands in between.
    if (texts.join('').includes('at ')) await writeFile(name, '');
  }
  const [prelude = '', body = ''] = texts.join('').split('\0'.repeat(8));
  assert.deepEqual(JSON.parse(prelude), {
    statusCode: 203,
    headers: { 'x-a': 'b' },
    cookies: ['c=d'],
  });
  assert.match(body, /^at \d+\nsecond\n$/);
});

test('the first byte is with its reader soon after the write', async () => {
  const delays: number[] = [];
  for (let count = 0; count < TRIES; count += 1) {
    let seen = '';
    for await (const text of chunksOf({})) {
      const atMs = Date.now();
      seen += text;
      const [, written] = /at (\d+)\n/.exec(seen) ?? [];
      if (written !== undefined && delays.length === count) delays.push(atMs - Number(written));
    }
  }
  assert.ok(Math.min(...delays) <= FIRST_BYTE_MS_MAX, `it took ${delays.join(', ')} ms`);
});

test('an error behind the first line is what the last event tells', async () => {
  const command = new InvokeWithResponseStreamCommand({
    FunctionName: 'function',
    Payload: Buffer.from(JSON.stringify({ ms: 'fails' })),
  });
  const { EventStream = [] } = await called.client.send(command);
  for await (const { InvokeComplete } of EventStream) {
    if (InvokeComplete === undefined) continue;
    const { errorType, errorMessage } = JSON.parse(InvokeComplete.ErrorDetails ?? '');
    assert.deepEqual([errorType, errorMessage], ['RangeError', 'out of stock']);
    return;
  }
  assert.fail('the stream has no InvokeComplete');
});

test('curl at the Function URL sees the lines as they come', NEEDS_CURL, async () => {
  const name = join(called.folder, 'curl');
  const curl = spawn('curl', ['-siN', `${called.functionUrl}?name=${encodeURIComponent(name)}`]);
  let seen = '';
  for await (const chunk of curl.stdout) {
    seen += String(chunk);
    if (/^at \d+$/m.test(seen)) await writeFile(name, '');
  }
  if (curl.exitCode === null) await once(curl, 'exit');
  assert.equal(curl.exitCode, 0);
  assert.match(seen, /^HTTP\/1\.1 203 /);
  assert.match(seen, /\r\nx-a: b\r\n/);
  assert.match(seen, /\r\nset-cookie: c=d\r\n/i);
  assert.match(seen, /^at \d+\nsecond\n$/m);
});

async function* chunksOf(event: object): AsyncGenerator<string> {
  const Payload = Buffer.from(JSON.stringify(event));
  const command = new InvokeWithResponseStreamCommand({ FunctionName: 'function', Payload });
  const { EventStream = [] } = await called.client.send(command);
  const decoder = new TextDecoder();
  for await (const { PayloadChunk, InvokeComplete } of EventStream) {
    if (PayloadChunk !== undefined) yield decoder.decode(PayloadChunk.Payload, { stream: true });
    assert.equal(InvokeComplete?.ErrorCode, undefined);
  }
}
