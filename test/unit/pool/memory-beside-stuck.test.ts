// The memory watch beside threads that are being ended or cannot be: nobody knows what they hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WatchedProcess } from './watched-process.ts';

test('whoever is busy while another thread is being ended is not ended for its memory', async () => {
  const sim = new WatchedProcess(512);
  sim.processMb = 60;
  sim.endingCount = 1;
  sim.begins(1, () => 5);
  await sim.run(10);
  sim.processMb = 490;
  await sim.run(200);
  assert.deepEqual(sim.ended, []);
});

test('where stuck threads hold the memory and nobody can be ended, the process ends', async () => {
  const sim = new WatchedProcess(512);
  sim.processMb = 490;
  sim.stuckCount = 2;
  sim.begins(1, () => 5);
  await sim.run(10);
  assert.deepEqual(sim.unfit, [], 'garbage may be collected first');
  await sim.run(100);
  assert.deepEqual(sim.ended, []);
  const reason = 'memory is short, 490 of 512 MB are in use, and 2 stuck threads hold part of it';
  assert.equal(sim.unfit[0], reason);
});

test('beside a stuck thread one worker is ended for its memory, not one after another', async () => {
  const sim = new WatchedProcess(512);
  sim.stuckCount = 1;
  sim.begins(1, () => 60, 4);
  sim.processMb = 490;
  await sim.run(60);
  assert.deepEqual([sim.endedIds, sim.unfit], [[1], []]);
  sim.processMb = 430;
  // For a while nobody else would be ended anyway.
  await sim.run(1100);
  sim.begins(2, () => 60, 4);
  sim.processMb = 490;
  await sim.run(60);
  assert.match(sim.unfit[0] ?? '', /1 stuck thread holds part of it/);
});

test('a process without stuck threads serves on, whatever its memory', async () => {
  const sim = new WatchedProcess(512);
  sim.processMb = 490;
  sim.begins(1, () => 5);
  await sim.run(500);
  assert.deepEqual(sim.unfit, []);
});
