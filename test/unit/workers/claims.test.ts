// On a real thread: what it is offered, it takes or finds withdrawn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from './handler-thread.ts';
import { startSeveral } from './several-thread.ts';

test('what is withdrawn before the thread comes to it never begins', async (t) => {
  const { board, invoke, tell, letGo, untilFlag } = await startSeveral(t);
  const busy = invoke({ way: 'blocks' });
  await untilFlag(0, 1);
  const offered = [2, 3, 4].map((number) => {
    board.offer(number, number);
    return invoke({ way: 'blocks' }, { cell: number });
  });
  assert.equal(board.withdraw(2, 2), true);
  assert.equal(board.withdraw(3, 3), true);
  assert.equal(board.withdraw(4, 4), true);
  // One of the cells is another's by the time the thread finds the withdrawn task.
  board.offer(2, 5);
  const anew = invoke({ way: 'calls' }, { cell: 2 });
  letGo();
  assert.deepEqual(told(await busy), { calls: 1, sees: [] });
  for (const one of offered) assert.deepEqual(await one, { kind: 'withdrawn' });
  assert.equal(told(await anew), 1);
  assert.equal(board.isTaken(2, 5), true);
  assert.equal(board.withdraw(2, 5), false);
  assert.equal(await tell({ way: 'calls' }), 1, 'what is not offered needs no claim');
});

test('whose synchronous part runs can be read while it runs, and no longer', async (t) => {
  const { board, invoke, flags, letGo, untilFlag } = await startSeveral(t);
  assert.equal(board.entered, 0);
  board.offer(1, 1);
  const first = invoke({ way: 'blocks' }, { cell: 1 });
  await untilFlag(0, 1);
  assert.equal(board.entered, 1);
  letGo();
  await first;
  assert.equal(board.entered, 0);

  flags.fill(0);
  const second = invoke({ way: 'counts' });
  await untilFlag(0, 1);
  assert.equal(board.entered, 0, 'it has returned once');
  letGo();
  await second;
});
