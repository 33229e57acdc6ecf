// What callers of a stream get from `bulkhead dev`: the AWS SDK, and curl at its Function URL.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';

import { type CalledDev, NEEDS_CURL, startDev } from '../support/dev-callers.ts';

const HANDLER = `
  export const handler = async (event) => {
    if (event.rawPath === '/fails' || event.fails) throw new RangeError('out of stock');
    if (event.rawPath === '/odd') return { statusCode: 'odd' };
    return { statusCode: 201, headers: { 'x-a': 'b' }, body: 'Hello ' + event.rawQueryString };
  };`;

let called: CalledDev;

before(async () => {
  called = await startDev(HANDLER);
});

after(() => called.stop());

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
  const { stdout } = await curl('-i', `${called.functionUrl}any/path?name=Ada`);

  assert.match(stdout, /^HTTP\/1\.1 201 Created\r\n/);
  assert.match(stdout, /\r\nx-a: b\r\n/);
  assert.match(stdout, /\r\n\r\nHello name=Ada$/);
});

test('errors are 502, and the log has the reason', NEEDS_CURL, async () => {
  for (const path of ['fails', 'odd']) {
    const { stdout } = await curl('-w', ' %{http_code}', `${called.functionUrl}${path}`);
    assert.equal(stdout, 'Internal Server Error 502');
  }
  await called.dev.output.waitFor(/^[\w-]{8} {2}ERROR Invoke Error: RangeError: out of stock$/m);
  await called.dev.output.waitFor(
    /^[\w-]{8} {2}WARN {2}Cannot use the response .* statusCode is "odd"/m,
  );
});

async function stream(event: unknown) {
  const Payload = Buffer.from(JSON.stringify(event));
  const command = new InvokeWithResponseStreamCommand({ FunctionName: 'function', Payload });
  const { EventStream = [] } = await called.client.send(command);
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
