import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { InvokeTask, LogSetup } from '../../../../src/core/thread-protocol.ts';
import type { LineWriter } from '../../../../src/output/line-writer.ts';
import { installThreadOutput } from '../../../../workers/logs/thread-output.ts';

const SETUP: LogSetup = { format: 'TEXT', level: 'INFO', lock: new SharedArrayBuffer(4), owner: 2 };

function install(t: TestContext, multiConcurrent = false) {
  const methods = { ...console };
  t.after(() => Object.assign(console, methods));
  const lines: string[] = [];
  const writer = { write: (line: string) => void lines.push(line) };
  const output = installThreadOutput(SETUP, writer as unknown as LineWriter, multiConcurrent);
  /** Each line as "id text". */
  const seen = (): string[] =>
    lines.map((line) => line.trimEnd().split('\t').slice(1, 5).join(' '));
  return { ...output, seen };
}

function taskOf(requestId: string): InvokeTask {
  return { kind: 'invoke', requestId, tenantId: undefined } as InvokeTask;
}

test('outside an invocation lines have no id, and afterwards the last one’s', (t) => {
  const { runAs, seen } = install(t);
  console.log('at Init');
  runAs(taskOf('r-1'), () => console.log('in the handler'));
  console.log('between two');
  assert.deepEqual(seen(), ['- INFO at Init', 'r-1 INFO in the handler', 'r-1 INFO between two']);
});

test('with several at once what none of them has started logs under none’s id', (t) => {
  const { runAs, seen } = install(t, true);
  runAs(taskOf('r-1'), () => console.log('in the handler'));
  console.log('between two');
  assert.deepEqual(seen(), ['r-1 INFO in the handler', '- INFO between two']);
});

test('whose work runs is known wherever the work goes on', async (t) => {
  const { runAs, currentNumber } = install(t, true);
  assert.equal(currentNumber(), undefined);
  const found = [1, 2, 3].map((number) => {
    const task = { ...taskOf(`r-${number}`), number };
    return runAs(task, async () => {
      const numbers = [currentNumber()];
      await wait(3 - number);
      numbers.push(currentNumber());
      await new Promise((resolve) => queueMicrotask(() => resolve(numbers.push(currentNumber()))));
      return numbers;
    });
  });
  assert.deepEqual(await Promise.all(found), [
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
  ]);
  assert.equal(currentNumber(), undefined);
});

test('what an invocation has started logs under its id while the next one runs', async (t) => {
  const { runAs, seen, logError } = install(t);
  const gate = new EventTarget();
  const left = runAs(taskOf('r-1'), async () => {
    const timer = wait(5);
    void once(gate, 'open').then(() => console.log('by a promise'));
    await timer;
    console.log('by a timer');
    logError('Invoke Error', 'told late');
  });
  await runAs(taskOf('r-2'), async () => {
    await wait(10);
    console.log('its own');
    gate.dispatchEvent(new Event('open'));
  });
  await left;
  await null;
  assert.deepEqual(
    seen().map((line) => line.split(' ').slice(0, 4).join(' ')),
    ['r-1 INFO by a', 'r-1 ERROR Invoke Error', 'r-2 INFO its own', 'r-1 INFO by a'],
  );
});

test('a timer of the module’s logs under the id of the invocation that is served', async (t) => {
  const { runAs, seen } = install(t);
  const ticks = new EventTarget();
  const timer = setInterval(() => {
    console.log('tick');
    ticks.dispatchEvent(new Event('tick'));
  }, 5);
  t.after(() => clearInterval(timer));
  await runAs(taskOf('r-1'), () => once(ticks, 'tick'));
  assert.equal(seen()[0], 'r-1 INFO tick');
});
