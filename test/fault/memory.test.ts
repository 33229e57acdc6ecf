// Memory: whoever would take the process down is ended and answered, and nobody else.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Emulator, InvokeResult, LogEntry } from '../../src/emulator/emulator.ts';
import { startFunction } from '../support/start-function.ts';

/** The end of a worker is a line of that level. */
const DEBUG = { AWS_LAMBDA_LOG_LEVEL: 'DEBUG' };

type Answer = { readonly pid: number; readonly threadId: number };

type Bomb = {
  readonly ways: string;
  readonly memoryMb: number;
  readonly message: RegExp;
  readonly env?: Record<string, string>;
};

/** How many it is depends on how late the machine lets the look be. */
const OVER_BUDGET =
  /^The handler's memory would take the process down: \d{3,} of 256 MB are in use/;
const HEAP_FULL = /^JavaScript heap out of memory: the handler used up all of its 80 MB; \d+ MB/;

/** Its copies are made inside V8, where it says nothing: the watch may be first. */
const EITHER =
  /^JavaScript heap out of memory: |^The handler's memory would take the process down: /;

const bombs: readonly Bomb[] = [
  { ways: 'arrayBuffersInSteps', memoryMb: 256, message: OVER_BUDGET },
  { ways: 'arrayBuffersInALoop', memoryMb: 256, message: OVER_BUDGET },
  { ways: 'webAssembly', memoryMb: 256, message: OVER_BUDGET },
  { ways: 'largeStrings', memoryMb: 256, message: OVER_BUDGET },
  { ways: 'smallObjects', memoryMb: 128, message: HEAP_FULL },
  { ways: 'strings', memoryMb: 128, message: HEAP_FULL },
  { ways: 'arrayOfObjects', memoryMb: 128, message: EITHER },
  {
    ways: 'smallObjects',
    memoryMb: 128,
    message: HEAP_FULL,
    env: { NODE_OPTIONS: '--max-old-space-size=4096 --max-semi-space-size=64' },
  },
];

for (const { ways, memoryMb, message, env = {} } of bombs) {
  const settings = Object.entries(env).map(([name, value]) => `, ${name}=${value}`);
  test(`${ways} in ${memoryMb} MB is answered${settings.join('')}`, async (context) => {
    const { emulator, log } = await start(context, memoryMb, { ...env, BULKHEAD_STANDBY: '0' });
    // Twice: what the first has left behind is not the second's.
    for (let run = 1; run <= 2; run += 1) {
      const before = await succeed(emulator, log);
      const bombed = await emulator.invoke({ ways });
      const after = await succeed(emulator, log);

      const { errorType, errorMessage } = bombed.payload as Record<string, string>;
      assert.equal(errorType, 'Runtime.OutOfMemory', textOf(bombed, log));
      assert.match(errorMessage ?? '', message);
      assert.deepEqual([before.pid, after.pid], [emulator.runtimePid, emulator.runtimePid]);
      assert.notEqual(after.threadId, before.threadId);
    }
    assert.equal(emulator.restartCount, 0, textOf(undefined, log));
  });
}

test('the header and the log name the cause', async (context) => {
  const { emulator, log } = await start(context, 256, DEBUG);
  const { requestId } = await emulator.invoke({ ways: 'arrayBuffersInSteps' });
  await succeed(emulator, log);
  const posted = emulator.exchanges.find(
    (one) => one.requestId === requestId && one.endpoint === 'error',
  );
  const header = posted?.requestHeaders['lambda-runtime-function-error-type'];
  assert.equal(header, 'Runtime.OutOfMemory');
  await untilLogged(log, /"worker_ended".*"cause":"memory"/);
});

for (const ways of ['outsideForAWhile', 'inTheHeapForAWhile']) {
  test(`a handler that uses 60 % of its memory ${ways} is left alone`, async (context) => {
    const { emulator, log } = await start(context, 512, {});
    const first = await succeed(emulator, log);
    for (let run = 1; run <= 3; run += 1) {
      const used = await succeed(emulator, log, { ways, megabytes: 300 });
      assert.deepEqual(used, first);
    }
  });
}

test('a worker that keeps more with each invocation is replaced between two', async (context) => {
  const { emulator, log } = await start(context, 256, DEBUG);
  const threads = new Set<number>();
  for (let run = 1; threads.size < 2; run += 1) {
    assert.ok(run < 30, 'nobody was replaced');
    const { pid, threadId } = await succeed(emulator, log, { ways: 'keeps', megabytes: 10 });
    assert.equal(pid, emulator.runtimePid);
    threads.add(threadId);
  }
  await untilLogged(log, /"cause":"recycle".*MB outside it/);
});

function start(
  context: TestContext,
  memoryMb: number,
  env: Record<string, string>,
): Promise<{ readonly emulator: Emulator; readonly log: LogEntry[] }> {
  return startFunction(context, 'memory.handler', { memoryMb, timeoutMs: 20_000, env });
}

async function succeed(emulator: Emulator, log: LogEntry[], event: unknown = {}): Promise<Answer> {
  const result = await emulator.invoke(event);
  assert.equal(result.functionError, undefined, textOf(result, log));
  return result.payload as Answer;
}

async function untilLogged(log: LogEntry[], pattern: RegExp): Promise<void> {
  while (!log.some(({ line }) => pattern.test(line))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function textOf(result: InvokeResult | undefined, log: LogEntry[]): string {
  return [JSON.stringify(result?.payload), ...log.map(({ line }) => line)].join('\n');
}
