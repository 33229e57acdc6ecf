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

type Started = {
  readonly ends: string[];
  readonly settle: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
};

/** `ends` gets what the wait for it comes to, and what was wrong. */
function start(
  tasks: PendingTasks,
  number: number,
  options: { readonly isBegun?: boolean; readonly read?: (value: unknown) => string } = {},
): Started {
  const { isBegun = true, read = String } = options;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const ends: string[] = [];
  const about = { number, requestId: `r-${number}`, isBegun: () => isBegun };
  const onDefect = (error: unknown): void => {
    ends.push(`defect ${String(error)}, ${tasks.find(number) === undefined ? 'gone' : 'there'}`);
  };
  void tasks
    .run(about, promise, read, onDefect)
    .then((end) => ends.push(typeof end === 'string' ? end : end.kind));
  return { ends, settle: resolve, fail: reject };
}

test('a task is there until its result is read, and others stay', async () => {
  const tasks = new PendingTasks();
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

test('what cannot be read, and a wait that fails, are told while the task is still there', async () => {
  const tasks = new PendingTasks();
  const broken = start(tasks, 1, {
    read: () => {
      throw new Error('unreadable');
    },
  });
  const failing = start(tasks, 2);
  broken.settle('x');
  failing.fail('no thread');
  await turn();
  assert.deepEqual(broken.ends, ['defect Error: unreadable, there']);
  assert.deepEqual(failing.ends, ['defect no thread, there']);
});

test('who takes all of them decides what each is told; what still comes is too late', async () => {
  const tasks = new PendingTasks();
  const [first, second] = [start(tasks, 1), start(tasks, 2)];
  const taken = tasks.takeAll();
  assert.equal(tasks.isEmpty, true);
  first.settle('late');
  second.fail('late');
  await turn();
  assert.deepEqual([...first.ends, ...second.ends], []);
  taken[0]?.onOutcome(OUTCOME);
  await turn();
  assert.deepEqual([...first.ends, ...second.ends], ['ended']);
});

test('one that is removed stays pending, and is removed once', async () => {
  const tasks = new PendingTasks();
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
  const tasks = new PendingTasks();
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
  const tasks = new PendingTasks();
  start(tasks, 1, { isBegun: false });
  assert.equal(tasks.hasBegun, false);
  assert.equal(tasks.onlyNumber, undefined);
  start(tasks, 2);
  start(tasks, 3, { isBegun: false });
  assert.equal(tasks.hasBegun, true);
  assert.equal(tasks.onlyNumber, 2);
  start(tasks, 4);
  assert.equal(tasks.onlyNumber, undefined);
});
