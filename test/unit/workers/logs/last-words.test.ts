// On a real thread: whose work it was that has ended it, among neighbours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receiveMessageOnPort } from 'node:worker_threads';
import { parseLastWords } from '../../../../src/core/handler-result.ts';
import { HandlerThread } from '../handler-thread.ts';
import { startSeveral } from '../several-thread.ts';

type Row = readonly [way: string, kind: string, culprit: number | undefined];

const ROWS: readonly Row[] = [
  ['throwInTimer', 'uncaughtException', 3],
  ['rejectUnheard', 'unhandledRejection', 3],
  ['exit', 'exit', 3],
  ['throwOfNobody', 'uncaughtException', undefined],
];

for (const [way, kind, culprit] of ROWS) {
  test(`a thread that dies says whose work it was: ${way}`, async (t) => {
    const { thread, invoke, tell } = await startSeveral(t);
    for (const neighbour of ['light', 'light']) void invoke({ way: neighbour }).catch(() => {});
    void invoke({ way }).catch(() => {});
    void tell({ way: 'light' }).catch(() => {});
    await thread.exited;
    const words = parseLastWords(receiveMessageOnPort(thread.lastWords)?.message);
    assert.equal(words?.kind, kind);
    assert.equal(words?.culprit, culprit);
  });
}

test('what an invocation has left behind is its own, also when it is over', async (t) => {
  const { thread, invoke, tell } = await startSeveral(t);
  void invoke({ way: 'light' }).catch(() => {});
  assert.equal(await tell({ way: 'throwLater' }), 'answered');
  void invoke({ way: 'light' }).catch(() => {});
  await thread.exited;
  const words = parseLastWords(receiveMessageOnPort(thread.lastWords)?.message);
  assert.equal(words?.culprit, 2);
});

test('with one at a time nobody has to be told', async (t) => {
  const thread = new HandlerThread('several.handler');
  t.after(() => thread.close());
  await thread.init();
  void thread.invoke({ way: 'exit' }).catch(() => {});
  await thread.exited;
  const words = parseLastWords(receiveMessageOnPort(thread.lastWords)?.message);
  assert.deepEqual(Object.keys(words ?? {}), ['kind', 'exitCode', 'trace']);
});
