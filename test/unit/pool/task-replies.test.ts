import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkReplies } from '../../../src/pool/task-replies.ts';

function begin() {
  const passed: unknown[] = [];
  const thread = {
    taskInfos: new Map([[1, {}]]),
    onMessage: (message: unknown) => void passed.push(message),
  };
  const defects: unknown[] = [];
  checkReplies({ [Symbol('thread')]: thread }, (error) => defects.push(error));
  return { thread, passed, defects };
}

test('the end of a task that is awaited is passed on', () => {
  const { thread, passed, defects } = begin();
  thread.onMessage({ taskId: 1, result: 'x' });
  assert.deepEqual([passed, defects], [[{ taskId: 1, result: 'x' }], []]);
});

for (const message of [null, undefined, 'text', 7, {}, { taskId: 2 }, { taskId: '1' }]) {
  test(`${JSON.stringify(message)} is told once, and nothing is read after it`, () => {
    const { thread, passed, defects } = begin();
    thread.onMessage(message);
    thread.onMessage(message);
    thread.onMessage({ taskId: 1 });
    assert.deepEqual(passed, []);
    assert.equal(defects.length, 1);
    assert.match(String(defects[0]), /it belongs to no task/);
  });
}

test('a Piscina that is built otherwise is refused', () => {
  const other = { [Symbol('thread')]: { taskInfos: [] } };
  assert.throws(() => checkReplies(other, () => {}), /exact version of piscina/);
});
