import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WatchedProcess } from './watched-process.ts';

test('a worker that fills the memory is ended before it has, and told why', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(7, () => sim.processMb - 40);
  await sim.run(1000, () => {
    if (sim.ended.length === 0) sim.processMb += 1;
  });
  assert.equal(sim.ended.length, 1);
  const [end] = sim.ended;
  assert.equal(end?.id, 7);
  assert.equal(end?.error.errorType, 'Runtime.OutOfMemory');
  const usedMb = Number(/process down: (\d+) of 512 MB/.exec(end?.error.errorMessage ?? '')?.[1]);
  assert.ok(usedMb > 450 && usedMb < 500, `ended at ${usedMb} MB`);
});

test('a worker that uses much and stops is left alone', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => sim.processMb - 40);
  await sim.run(2000, () => {
    sim.processMb = Math.min(sim.processMb + 1, 400);
  });
  assert.deepEqual(sim.ended, []);
});

test('garbage that is collected before it is the end is left alone', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => sim.processMb - 40);
  await sim.run(3000, () => {
    sim.processMb = sim.processMb > 470 ? 300 : sim.processMb + 1;
  });
  assert.deepEqual(sim.ended, []);
});

test('memory that is back when the worker has answered costs nobody anything', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => {
    sim.processMb = 300;
    return 250;
  });
  sim.processMb = 500;
  await sim.run(200);
  assert.deepEqual(sim.ended, []);
  assert.equal(sim.askCount, 1);
});

test('a process that was as large before anything ran is left alone', async () => {
  const sim = new WatchedProcess(128);
  sim.processMb = 115;
  sim.begins(1, () => 60);
  await sim.run(1000);
  assert.deepEqual(sim.ended, []);
});

test('a thread inside a native call is ended for what only it can hold', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => undefined);
  sim.begins(2, () => 5, 4);
  await sim.run(500, () => {
    if (sim.ended.length === 0) sim.processMb += 1;
  });
  assert.deepEqual(sim.endedIds, [1]);
});

test('a thread that says nothing and takes nothing is asked once, and waited for', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => undefined);
  sim.processMb = 500;
  await sim.run(1000);
  assert.equal(sim.askCount, 1, 'it has not answered yet');
  assert.deepEqual(sim.ended, []);
});

test('garbage is collected before anybody is ended for it', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => sim.processMb - 40);
  await sim.run(450, () => {
    sim.processMb = sim.help.length === 1 ? 250 : sim.processMb + 1;
  });
  assert.equal(sim.help.length, 2);
  assert.match(sim.help[0] ?? '', /^on at 4[4-7]\d MB$/);
  assert.equal(sim.help[1], 'off at 250 MB');
  assert.deepEqual(sim.ended, []);
});

test('a process that stays tight is helped now and then only', async () => {
  const sim = new WatchedProcess(512);
  sim.processMb = 470;
  sim.begins(1, () => 5);
  await sim.run(5000);
  assert.ok(sim.help.length >= 8 && sim.help.length <= 10, sim.help.join());
  sim.ends(1);
  await sim.run(100);
  assert.equal(sim.help.at(-1), 'off at 470 MB');
});

test('while the memory of one is not back, no other is ended for it', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => 300, 4);
  sim.begins(2, () => 100, 4);
  sim.processMb = 500;
  await sim.run(300);
  assert.deepEqual(sim.endedIds, [1]);
  // It is back, and now it is the other that fills the memory.
  sim.processMb = 200;
  await sim.run(100);
  sim.processMb = 500;
  await sim.run(100);
  assert.deepEqual(sim.endedIds, [1, 2]);
});

test('whoever comes when the memory is back is watched as closely', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => 300, 4);
  sim.processMb = 500;
  await sim.run(60);
  sim.processMb = 40;
  await sim.run(100);
  sim.begins(2, () => 450);
  sim.processMb = 500;
  await sim.run(100);
  assert.deepEqual(sim.endedIds, [1, 2]);
});

test('the memory of a worker that was ended may come back when the next already runs', async () => {
  const sim = new WatchedProcess(512);
  sim.processMb = 480;
  sim.begins(2, () => sim.processMb - 40);
  await sim.run(30);
  sim.processMb = 40;
  await sim.run(100);
  sim.processMb = 500;
  await sim.run(100);
  assert.deepEqual(sim.endedIds, [2]);
});

test('short invocations pay for a look now and then, and an idle process for none', async () => {
  const sim = new WatchedProcess(1024);
  for (let count = 0; count < 100; count += 1) {
    sim.begins(1, () => 0);
    await sim.run(1);
    sim.ends(1);
  }
  assert.ok(sim.readCount <= 3, `${sim.readCount} looks in 100 ms`);
  await sim.run(100);
  const before = sim.readCount;
  await sim.run(10_000);
  assert.equal(sim.readCount, before);
});

test('a look that finds nobody at work does not end the watch', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => 0);
  sim.ends(1);
  await sim.run(200);
  sim.begins(2, () => 450);
  sim.processMb = 490;
  await sim.run(100);
  assert.deepEqual(sim.endedIds, [2]);
});

test('an invocation that ends while its worker is asked is not answered twice', async () => {
  const sim = new WatchedProcess(512);
  sim.begins(1, () => {
    sim.ends(1);
    return 450;
  });
  sim.processMb = 490;
  await sim.run(200);
  assert.deepEqual(sim.ended, []);
});

test('a thread that is gone before it can be asked does not end the watch', async () => {
  const sim = new WatchedProcess(512);
  sim.workers = [
    {
      id: 1,
      readMemory: () => Promise.reject(new Error('ERR_WORKER_NOT_RUNNING')),
      lastUse: undefined,
      freshBytes: undefined,
    },
  ];
  sim.watch.begin();
  sim.processMb = 490;
  await sim.run(60);
  assert.deepEqual(sim.ended, []);
  sim.ends(1);
  sim.begins(2, () => 440);
  await sim.run(60);
  assert.deepEqual(sim.endedIds, [2]);
});

test('without a limit nothing is read, and after the stop nothing any more', async () => {
  const free = new WatchedProcess(undefined);
  free.begins(1, () => 450);
  free.processMb = 9000;
  await free.run(200);
  assert.equal(free.readCount, 0);

  const sim = new WatchedProcess(512);
  sim.begins(1, () => 450);
  sim.processMb = 490;
  sim.watch.stop();
  const before = sim.readCount;
  await sim.run(200);
  assert.equal(sim.readCount, before);
  assert.deepEqual(sim.ended, []);
});
