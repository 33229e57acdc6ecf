// A handler that streams, from its write to the AWS SDK and to curl, through `bulkhead dev`.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';

import { RunningProcess } from '../support/running-process.ts';

/** What `npm run build` has made. */
const MAIN = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
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
const HAS_CURL = spawnSync('curl', ['--version']).status === 0;
const NEEDS_CURL = { skip: HAS_CURL ? false : 'there is no curl on this machine' };
/** From the write to the reader, ms. */
const FIRST_BYTE_MS_MAX = 50;
/** The machine has other things to do now and then. */
const TRIES = 10;

let folder: string;
let dev: RunningProcess;
let client: LambdaClient;
let functionUrl: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-streaming-'));
  await writeFile(join(folder, 'app.mjs'), HANDLER);
  const flags = ['--port', '0', '--function-url', '0', '--timeout', '60', '--no-watch'];
  dev = new RunningProcess([process.execPath, MAIN, 'dev', 'app.handler', ...flags], {
    cwd: folder,
  });
  const [, endpoint = ''] = await dev.output.waitFor(/^Bulkhead serves .* at (http:\S+)$/m);
  [, functionUrl = ''] = await dev.output.waitFor(/^Function URL: (http:\S+)$/m);
  client = new LambdaClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});

after(async () => {
  client.destroy();
  await dev.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the SDK has the first line while the second is not written yet', async () => {
  const name = join(folder, 'sdk');
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
  const { EventStream = [] } = await client.send(command);
  for await (const { InvokeComplete } of EventStream) {
    if (InvokeComplete === undefined) continue;
    const { errorType, errorMessage } = JSON.parse(InvokeComplete.ErrorDetails ?? '');
    assert.deepEqual([errorType, errorMessage], ['RangeError', 'out of stock']);
    return;
  }
  assert.fail('the stream has no InvokeComplete');
});

test('curl at the Function URL sees the lines as they come', NEEDS_CURL, async () => {
  const name = join(folder, 'curl');
  const curl = spawn('curl', ['-siN', `${functionUrl}?name=${encodeURIComponent(name)}`]);
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
  const { EventStream = [] } = await client.send(command);
  const decoder = new TextDecoder();
  for await (const { PayloadChunk, InvokeComplete } of EventStream) {
    if (PayloadChunk !== undefined) yield decoder.decode(PayloadChunk.Payload, { stream: true });
    assert.equal(InvokeComplete?.ErrorCode, undefined);
  }
}
