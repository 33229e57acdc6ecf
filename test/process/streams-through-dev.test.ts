// What callers of a stream get from `bulkhead dev`: the AWS SDK, and curl at its Function URL.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';

import { RunningProcess } from '../support/running-process.ts';

/** What `npm run build` has made. */
const MAIN = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const HANDLER = `
  export const handler = async (event) => {
    if (event.rawPath === '/fails' || event.fails) throw new RangeError('out of stock');
    if (event.rawPath === '/odd') return { statusCode: 'odd' };
    return { statusCode: 201, headers: { 'x-a': 'b' }, body: 'Hello ' + event.rawQueryString };
  };`;
const HAS_CURL = spawnSync('curl', ['--version']).status === 0;
const NEEDS_CURL = { skip: HAS_CURL ? false : 'there is no curl on this machine' };

let folder: string;
let dev: RunningProcess;
let client: LambdaClient;
let functionUrl: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-streams-'));
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

test('a result that is not streamed comes as a stream of one piece', async () => {
  const { body, complete } = await stream({ rawQueryString: 'é' });

  assert.deepEqual(JSON.parse(body), {
    statusCode: 201,
    headers: { 'x-a': 'b' },
    body: 'Hello é',
  });
  assert.deepEqual(complete, {});
});

test('a thrown error is what the last event tells', async () => {
  const { body, complete } = await stream({ fails: true });

  assert.equal(body, '');
  assert.equal(complete?.ErrorCode, 'Unhandled');
  const { errorType, errorMessage } = JSON.parse(complete?.ErrorDetails ?? '');
  assert.deepEqual([errorType, errorMessage], ['RangeError', 'out of stock']);
});

test('curl gets the response that the handler describes', NEEDS_CURL, async () => {
  const { stdout } = await curl('-i', `${functionUrl}any/path?name=Ada`);

  assert.match(stdout, /^HTTP\/1\.1 201 Created\r\n/);
  assert.match(stdout, /\r\nx-a: b\r\n/);
  assert.match(stdout, /\r\n\r\nHello name=Ada$/);
});

test('errors are 502, and the log has the reason', NEEDS_CURL, async () => {
  for (const path of ['fails', 'odd']) {
    const { stdout } = await curl('-w', ' %{http_code}', `${functionUrl}${path}`);
    assert.equal(stdout, 'Internal Server Error 502');
  }
  await dev.output.waitFor(/^[\w-]{8} {2}ERROR Invoke Error: RangeError: out of stock$/m);
  await dev.output.waitFor(/^[\w-]{8} {2}WARN {2}Cannot use the response .* statusCode is "odd"/m);
});

async function stream(event: unknown) {
  const Payload = Buffer.from(JSON.stringify(event));
  const command = new InvokeWithResponseStreamCommand({ FunctionName: 'function', Payload });
  const { EventStream = [] } = await client.send(command);
  const decoder = new TextDecoder();
  let body = '';
  for await (const { PayloadChunk, InvokeComplete } of EventStream) {
    body += decoder.decode(PayloadChunk?.Payload, { stream: true });
    if (InvokeComplete !== undefined) return { body, complete: InvokeComplete };
  }
  return assert.fail('the stream has no InvokeComplete');
}

function curl(...args: readonly string[]) {
  return promisify(execFile)('curl', ['-sN', ...args]);
}
