// The AWS SDK for JavaScript against `bulkhead dev`, as a user has them: two programs.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import {
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  type LambdaClient,
  type LambdaServiceException,
} from '@aws-sdk/client-lambda';

import { PAYLOAD_BYTES_MAX } from '../../src/core/limits.ts';
import { RunningProcess } from '../support/running-process.ts';
import { sdkClient } from '../support/sdk-client.ts';

/** What `npm run build` has made. */
const MAIN = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
/** Invocations that wait behind the running one; the emulator's default. */
const QUEUE_LENGTH = 100;

/** Does what the event says; `seen` is the whole story of one `bulkhead dev`. */
const HANDLER = `
  import { existsSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  const seen = [];
  let running = 0;
  export const handler = async (event, context) => {
    running += 1;
    try {
      if (event.say) console.log(event.say);
      if (event.note !== undefined) seen.push(event.note);
      if (event.holdUntil) while (!existsSync(event.holdUntil)) await sleep(5);
      if (event.fail) throw new RangeError(event.fail);
      if (event.padding) return { sizeBytes: Buffer.byteLength(JSON.stringify(event)) };
      if (event.resultBytes) return 'x'.repeat(event.resultBytes - 2);
      const { awsRequestId: requestId, clientContext } = context;
      return { requestId, clientContext, note: event.note, running, seen: event.tell && seen };
    } finally {
      running -= 1;
    }
  };`;

type Result = {
  readonly requestId: string;
  readonly clientContext: unknown;
  readonly note: unknown;
  readonly running: number;
  readonly seen: readonly unknown[];
};

let folder: string;
let dev: RunningProcess;
let client: LambdaClient;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-sdk-'));
  await writeFile(join(folder, 'app.mjs'), HANDLER);
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async (context) => {
  const t = context as TestContext;
  const flags = ['--port', '0', '--timeout', '60', '--no-watch'];
  dev = new RunningProcess([process.execPath, MAIN, 'dev', 'app.handler', ...flags], {
    cwd: folder,
  });
  t.after(() => dev.stop());
  const [, endpoint = ''] = await dev.output.waitFor(/^Bulkhead serves .* at (http:\S+)$/m);
  client = sdkClient(endpoint, {
    // By default the SDK itself queues what is beyond 50 sockets.
    requestHandler: { httpAgent: { maxSockets: 2 * QUEUE_LENGTH } },
  });
  t.after(() => client.destroy());
});

test('a result has status 200 and no error', async () => {
  const output = await send({ note: 'é' });

  assert.equal(output.StatusCode, 200);
  assert.equal(output.FunctionError, undefined);
  assert.equal(output.ExecutedVersion, '$LATEST');
  assert.equal(resultOf(output).note, 'é');
  assert.equal(resultOf(output).requestId, output.$metadata.requestId);
});

test('a thrown error has its FunctionError and the error as payload', async () => {
  const output = await send({ fail: 'out of stock' });

  assert.equal(output.StatusCode, 200);
  assert.equal(output.FunctionError, 'Unhandled');
  const { errorType, errorMessage, trace } = JSON.parse(textOf(output));
  assert.deepEqual([errorType, errorMessage], ['RangeError', 'out of stock']);
  assert.match(trace.join('\n'), /app\.mjs:12:/);
});

test('the log tail has the line of the handler, between START and REPORT', async () => {
  const output = await send({ say: 'a line to find' }, { LogType: 'Tail' });

  const log = Buffer.from(output.LogResult ?? '', 'base64').toString();
  const id = output.$metadata.requestId;
  const lines = [
    `START RequestId: ${id} .*`,
    `\\S+Z\\t${id}\\tINFO\\ta line to find`,
    `END RequestId: ${id}`,
    `REPORT RequestId: ${id}\\t.*`,
  ];
  assert.match(log, new RegExp(`^${lines.join('\\n')}\\n?$`));
});

test('the client context reaches the handler', async () => {
  const context = { custom: { tag: 'žluť' }, env: { locale: 'cs' } };
  const ClientContext = Buffer.from(JSON.stringify(context)).toString('base64');

  assert.deepEqual(resultOf(await send({}, { ClientContext })).clientContext, context);
});

test('an Event is accepted with 202 and run later, a DryRun is answered with 204 and not', async () => {
  const dryRun = await send({ note: 'dry' }, { InvocationType: 'DryRun' });
  const event = await send({ note: 'event' }, { InvocationType: 'Event' });

  assert.deepEqual([dryRun.StatusCode, textOf(dryRun)], [204, '']);
  assert.deepEqual([event.StatusCode, textOf(event)], [202, '']);
  assert.deepEqual(resultOf(await send({ tell: true })).seen, ['event']);
});

test('an event may have 6 MB and 100 bytes, and not one byte more', async () => {
  const event = { padding: 'x'.repeat(PAYLOAD_BYTES_MAX - JSON.stringify({ padding: '' }).length) };

  const output = await send(event);
  const refusal = await refusalOf(send({ padding: `${event.padding}x` }));

  assert.deepEqual(JSON.parse(textOf(output)), { sizeBytes: PAYLOAD_BYTES_MAX });
  assert.equal(refusal.name, 'RequestTooLargeException');
  assert.equal(refusal.$metadata.httpStatusCode, 413);
  assert.equal(resultOf(await send({ note: 'next' })).note, 'next');
});

test('a result may have 6 MB and 100 bytes, and not one byte more', async () => {
  const largest = await send({ resultBytes: PAYLOAD_BYTES_MAX });
  const tooLarge = await send({ resultBytes: PAYLOAD_BYTES_MAX + 1 });

  assert.equal(largest.FunctionError, undefined);
  assert.equal(largest.Payload?.length, PAYLOAD_BYTES_MAX);
  assert.equal(tooLarge.FunctionError, 'Unhandled');
  assert.equal(JSON.parse(textOf(tooLarge)).errorType, 'Function.ResponseSizeTooLarge');
  assert.equal(resultOf(await send({ note: 'next' })).note, 'next');
});

test('20 calls at a time are queued and answered one by one, in order', async () => {
  const holdUntil = join(folder, 'release-20');
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  const answered: number[] = [];
  const calls: Promise<Result>[] = [];
  for (const number of numbers) {
    const call = send({ note: number, ...(number === 0 ? { holdUntil } : {}) });
    calls.push(
      call.then((output) => {
        answered.push(number);
        return resultOf(output);
      }),
    );
    // Comes back after the call before it is in the queue: that call was written first.
    await send({}, { InvocationType: 'DryRun' });
  }
  assert.deepEqual(answered, []);
  await writeFile(holdUntil, '');
  const results = await Promise.all(calls);
  const { seen } = resultOf(await send({ tell: true }));

  assert.deepEqual(seen, numbers);
  assert.deepEqual(answered, numbers);
  assert.deepEqual(
    results.map(({ note, running }) => ({ note, running })),
    numbers.map((note) => ({ note, running: 1 })),
  );
});

test('a call beyond the queue is refused with 429, and is welcome later', async () => {
  const holdUntil = join(folder, 'release-100');
  const waiting = [{ note: 'running', holdUntil }];
  for (let number = 1; number <= QUEUE_LENGTH; number += 1) {
    waiting.push({ note: `waiting ${number}`, holdUntil });
  }
  for (const event of waiting) await send(event, { InvocationType: 'Event' });

  const refusal = await refusalOf(send({ note: 'one too many' }));
  await writeFile(holdUntil, '');
  const later = await sendWhenWelcome({ tell: true });

  assert.equal(refusal.name, 'TooManyRequestsException');
  assert.equal(refusal.$metadata.httpStatusCode, 429);
  assert.deepEqual(
    resultOf(later).seen,
    waiting.map(({ note }) => note),
  );
});

function send(
  event: unknown,
  input: Partial<InvokeCommandInput> = {},
): Promise<InvokeCommandOutput> {
  const Payload = JSON.stringify(event);
  return client.send(new InvokeCommand({ FunctionName: 'function', Payload, ...input }));
}

/** The queue is full until the first of it runs. */
async function sendWhenWelcome(event: unknown): Promise<InvokeCommandOutput> {
  for (;;) {
    try {
      return await send(event);
    } catch (error) {
      if ((error as Error).name !== 'TooManyRequestsException') throw error;
    }
  }
}

async function refusalOf(sent: Promise<unknown>): Promise<LambdaServiceException> {
  return await sent.then(
    () => assert.fail('the call was not refused'),
    (error: LambdaServiceException) => error,
  );
}

function textOf(output: InvokeCommandOutput): string {
  return output.Payload?.transformToString() ?? '';
}

function resultOf(output: InvokeCommandOutput): Result {
  assert.equal(output.FunctionError, undefined, textOf(output));
  return JSON.parse(textOf(output)) as Result;
}
