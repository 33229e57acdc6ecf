// Managed Instances: as many events at once as were asked for, never more, each answered once.
// EVENTS sets how many; 20000 is the number of the acceptance.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { InvokeResult } from '../../../src/emulator/emulator.ts';
import { seededRandom } from '../../sim/sim-clock.ts';
import { ManagedFunction, toTold } from '../../support/managed-function.ts';

const EVENTS = Number(process.env['EVENTS'] ?? 4000);
const MS_MAX = 12;
/** Contract, section 3.2. */
const FILES_MAX = 4096;

test(`N = 8: ${EVENTS} events that end out of order, each answered once, to its caller`, async (t) => {
  const random = seededRandom(1);
  const managed = await ManagedFunction.start(t, { concurrency: 8, threads: 2 });
  const { emulator } = managed;
  const order: number[] = [];
  const results: Promise<InvokeResult>[] = [];
  for (let token = 0; token < EVENTS; token += 1) {
    await emulator.waitForPoll({ timeoutMs: 60_000 });
    const steps = [['wait', Math.floor(random() * MS_MAX)] as const];
    const result = managed.run(steps, { requestId: `id-${token}`, token });
    results.push(result);
    void result.then(() => order.push(token));
  }
  const told = (await Promise.all(results)).map(toTold);

  for (const [token, one] of told.entries()) {
    assert.deepEqual([one.requestId, one.token], [`id-${token}`, token]);
  }
  await emulator.waitForPoll({ count: 8 });
  const { peakLoad } = emulator;
  assert.deepEqual([peakLoad.parked, peakLoad.running, peakLoad.both], [8, 8, 8]);
  const isOvertaken = (token: number, at: number): boolean =>
    at > 0 && token < (order[at - 1] ?? 0);
  assert.ok(order.filter(isOvertaken).length > EVENTS / 10, 'they end in another order');
  const counts = new Map<string, number>();
  for (const { endpoint, requestId = '', status } of managed.exchanges) {
    const key = `${requestId} ${endpoint} ${status}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const expected = told.flatMap(({ requestId }) => [
    [`${requestId} next 200`, 1],
    [`${requestId} response 202`, 1],
  ]);
  assert.deepEqual([...counts].sort(), expected.sort());
});

for (const pipelining of ['on', 'off']) {
  test(`N = 1: an answer never waits behind a poll, pipelining ${pipelining}`, async (t) => {
    const env = { BULKHEAD_PIPELINING: pipelining };
    const managed = await ManagedFunction.start(t, { concurrency: 1, env });
    const { emulator } = managed;
    for (let token = 0; token < 200; token += 1) {
      const { requestId } = toTold(await managed.run([['turn']], { token }));
      await emulator.waitForPoll();
      assert.deepEqual(managed.answers(requestId), ['response 202']);
    }
    assert.equal(emulator.peakLoad.both, 1);
  });
}

for (const [concurrency, threads] of [
  [10, undefined],
  [64, undefined],
  [1000, 4],
] as const) {
  test(`N = ${concurrency}: so many are parked, and served at once`, async (t) => {
    const managed = await ManagedFunction.start(t, {
      concurrency,
      ...(threads === undefined ? {} : { threads }),
    });
    const { emulator, gate } = managed;
    const files = [countFiles(emulator.runtimePid)];
    const tokens = Array.from({ length: concurrency }, (_, token) => token);
    const results = tokens.map((token) => managed.run([['gate', 'all']], { token }));
    await gate.arrived('all', concurrency);
    assert.equal(emulator.parkedCount, 0);
    const refused = await managed.run([]);
    files.push(countFiles(emulator.runtimePid));
    gate.open('all');
    const told = (await Promise.all(results)).map(toTold);
    await emulator.waitForPoll({ count: concurrency, timeoutMs: 60_000 });

    assert.equal(refused.errorType, 'Runtime.Unavailable');
    assert.deepEqual(
      told.map(({ token }) => token),
      tokens,
    );
    const { parked, running, both } = emulator.peakLoad;
    assert.deepEqual([parked, running, both], [concurrency, concurrency, concurrency]);
    t.diagnostic(`files open with ${concurrency} parked and running: ${files}`);
    for (const count of files) assert.ok(count <= FILES_MAX, `${count} files are open`);
  });
}

function countFiles(pid: number | undefined): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
