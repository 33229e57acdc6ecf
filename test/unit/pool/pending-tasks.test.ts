import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ErrorOutcome } from '../../../src/core/outcome.ts';
import { PendingTasks } from '../../../src/pool/pending-tasks.ts';

const OUTCOME: ErrorOutcome = {
  kind: 'crash',
  error: { errorType: 'Error', errorMessage: 'died', trace: [] },
  headerType: 'Runtime.ExitError',
};

/** What the wait for it comes to. */
type Started = { readonly ends: string[]; readonly settle: (value: string) => void };

function start(tasks: PendingTasks<string>, number: number, isBegun = true): Started {
  const ends: string[] = [];
  const about = { number, requestId: `r-${number}`, isBegun: () => isBegun };
  void tasks.add(about).then((end) => ends.push(typeof end === 'string' ? end : end.kind));
  const settle = (value: string): void => {
    const task = tasks.find(number);
    if (task !== undefined) tasks.settle(task, value);
  };
  return { ends, settle };
}

test('a task is there until it is answered, and others stay', async () => {
  const tasks = new PendingTasks<string>();
  const started = [1, 2, 3].map((number) => start(tasks, number));
  started[1]?.settle('two');
  await turn();
  assert.deepEqual(started[1]?.ends, ['two']);
  assert.deepEqual(tasks.all.map(({ number }) => number).sort(), [1, 3]);
  started[2]?.settle('three');
  started[0]?.settle('one');
  await turn();
  assert.deepEqual(
    started.map(({ ends }) => ends),
    [['one'], ['two'], ['three']],
  );
  assert.equal(tasks.isEmpty, true);
});

test('who takes all of them decides what each is told; what still comes is too late', async () => {
  const tasks = new PendingTasks<string>();
  const [first, second] = [start(tasks, 1), start(tasks, 2)];
  const taken = tasks.takeAll();
  assert.equal(tasks.isEmpty, true);
  first.settle('late');
  second.settle('late');
  await turn();
  assert.deepEqual([...first.ends, ...second.ends], []);
  taken[0]?.onOutcome(OUTCOME);
  await turn();
  assert.deepEqual([...first.ends, ...second.ends], ['ended']);
});

test('one that is removed stays pending, and is removed once', async () => {
  const tasks = new PendingTasks<string>();
  const [first, last] = [start(tasks, 1), start(tasks, 2)];
  const task = tasks.find(1);
  assert.ok(task !== undefined);
  assert.equal(tasks.remove(task), true);
  assert.equal(tasks.remove(task), false);
  assert.equal(tasks.find(1), undefined);
  assert.equal(tasks.find(2)?.requestId, 'r-2');
  first.settle('late');
  last.settle('in time');
  await turn();
  assert.deepEqual([first.ends, last.ends], [[], ['in time']]);
});

test('an abandoned task is waited for by nobody, and still runs', () => {
  const tasks = new PendingTasks<string>();
  start(tasks, 1);
  start(tasks, 2);
  assert.equal(tasks.awaitedCount, 2);
  const task = tasks.find(1);
  assert.ok(task !== undefined);
  task.isAbandoned = true;
  assert.equal(tasks.awaitedCount, 1);
  assert.equal(tasks.all.length, 2);
  assert.equal(tasks.hasBegun, true);
});

test('the only one is the only one that has begun', () => {
  const tasks = new PendingTasks<string>();
  start(tasks, 1, false);
  assert.equal(tasks.hasBegun, false);
  assert.equal(tasks.onlyNumber, undefined);
  start(tasks, 2);
  start(tasks, 3, false);
  assert.equal(tasks.hasBegun, true);
  assert.equal(tasks.onlyNumber, 2);
  start(tasks, 4);
  assert.equal(tasks.onlyNumber, undefined);
});
