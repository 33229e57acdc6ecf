// The board is shared memory: one side of each race is a thread.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { CLAIM_CELLS, ClaimBoard, createClaimBoard } from '../../../src/core/claim-board.ts';

const MODULE = new URL('../../../src/core/claim-board.ts', import.meta.url).href;

test('what is offered is taken once, and then it cannot be withdrawn', () => {
  const board = new ClaimBoard(createClaimBoard());
  board.offer(1, 7);
  assert.equal(board.isTaken(1, 7), false);
  assert.equal(board.take(1, 7), true);
  assert.equal(board.isTaken(1, 7), true);
  assert.equal(board.take(1, 7), false);
  assert.equal(board.withdraw(1, 7), false);
});

test('what is withdrawn can never be taken', () => {
  const board = new ClaimBoard(createClaimBoard());
  board.offer(CLAIM_CELLS - 1, 7);
  assert.equal(board.withdraw(CLAIM_CELLS - 1, 7), true);
  assert.equal(board.take(CLAIM_CELLS - 1, 7), false);
  assert.equal(board.isTaken(CLAIM_CELLS - 1, 7), false);
  assert.equal(board.withdraw(CLAIM_CELLS - 1, 7), false, 'it is once');
});

test('a cell that is offered anew is not for the task that was withdrawn from it', () => {
  const board = new ClaimBoard(createClaimBoard());
  board.offer(3, 1);
  board.withdraw(3, 1);
  board.offer(3, 2);
  assert.equal(board.take(3, 1), false, 'the thread finds the withdrawn task in its queue');
  assert.equal(board.isTaken(3, 2), false);
  assert.equal(board.take(3, 2), true);
  // The invocation is over, and its cell another's.
  board.offer(3, 3);
  assert.equal(board.isTaken(3, 2), false);
  assert.equal(board.take(3, 3), true);
});

test('numbers beyond 31 bits are no reason to lose an event', () => {
  const board = new ClaimBoard(createClaimBoard());
  for (const number of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32, 2 ** 32 + 5]) {
    board.offer(1, number);
    assert.equal(board.take(1, number), true, `${number}`);
    assert.equal(board.isTaken(1, number), true);
    board.offer(1, number);
    assert.equal(board.withdraw(1, number), true);
  }
});

test('whose first part runs is on the board, and claims are not touched by it', () => {
  const memory = createClaimBoard();
  const [supervisor, thread] = [new ClaimBoard(memory), new ClaimBoard(memory)];
  assert.equal(supervisor.entered, 0);
  supervisor.offer(1, 9);
  thread.enter(9);
  assert.equal(supervisor.entered, 9);
  thread.leave();
  assert.equal(supervisor.entered, 0);
  assert.equal(thread.take(1, 9), true);
});

/** Takes from one cell what it is told to, number after number; says how many it has got. */
const TAKER = `
const { workerData, parentPort } = require('node:worker_threads');
import(workerData.module).then(({ ClaimBoard }) => {
  const board = new ClaimBoard(workerData.memory);
  const goal = new Int32Array(workerData.goal);
  const taken = [];
  for (let number = 1; number <= workerData.last; number += 1) {
    // The supervisor has offered it, and perhaps withdrawn it by now.
    while (Atomics.load(goal, 0) < number);
    if (board.take(1, number)) taken.push(number);
    Atomics.store(goal, 1, number);
  }
  parentPort.postMessage(taken);
});
`;

test('each event is either the thread’s or the supervisor’s, however close they are', async (t) => {
  const last = 20_000;
  const memory = createClaimBoard();
  const goal = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(TAKER, {
    eval: true,
    workerData: { module: MODULE, memory, goal: goal.buffer, last },
  });
  t.after(() => worker.terminate());
  const ended = once(worker, 'message');
  await once(worker, 'online');
  const board = new ClaimBoard(memory);
  const withdrawn: number[] = [];
  for (let number = 1; number <= last; number += 1) {
    board.offer(1, number);
    Atomics.store(goal, 0, number);
    // Now at once, now later: both sides win some.
    for (let pause = number % 64; pause > 0; pause -= 1) Atomics.load(goal, 0);
    const wasWithdrawn = board.withdraw(1, number);
    if (wasWithdrawn) withdrawn.push(number);
    assert.equal(board.isTaken(1, number), !wasWithdrawn);
    // Every other time the cell is offered anew before the thread has seen the withdrawn one.
    while (Atomics.load(goal, 1) < number && number % 2 === 0);
    while (Atomics.load(goal, 1) < number - 1);
  }
  const [taken] = (await ended) as [number[]];
  assert.equal(taken.length + withdrawn.length, last);
  const all = [...taken, ...withdrawn].toSorted((one, other) => one - other);
  assert.ok(all.every((number, index) => number === index + 1));
});
