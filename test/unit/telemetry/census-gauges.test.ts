import assert from 'node:assert/strict';
import { test } from 'node:test';
import prometheus from 'prom-client';
import type { Census } from '../../../src/core/ports.ts';
import { addCensusGauges } from '../../../src/telemetry/census-gauges.ts';

const CENSUS: Census = {
  parkedCount: 3,
  runningCount: 5,
  queuedCount: 1,
  states: new Map([
    ['ready', 1],
    ['busy', 2],
  ]),
  threads: [
    { slotId: 4, load: 2, loopDelayMs: 0.5 },
    { slotId: 7, load: 3, loopDelayMs: 250 },
  ],
};

type Made = { readonly read: () => Promise<readonly string[]>; readonly takes: Census[] };

function make(...censuses: readonly Census[]): Made {
  const registry = new prometheus.Registry();
  const takes: Census[] = [];
  addCensusGauges(registry, async () => {
    const census = censuses[takes.length] ?? CENSUS;
    takes.push(census);
    return census;
  });
  const read: Made['read'] = async () => {
    const lines = (await registry.metrics()).split('\n');
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  };
  return { read, takes };
}

test('the gauges say what the census says, and one reading asks once', async () => {
  const { read, takes } = make();
  assert.deepEqual((await read()).toSorted(), [
    'lambda_runtime_events_queued 1',
    'lambda_runtime_invocations_running 5',
    'lambda_runtime_polls_parked 3',
    'lambda_runtime_thread_invocations{worker_id="4"} 2',
    'lambda_runtime_thread_invocations{worker_id="7"} 3',
    'lambda_runtime_thread_loop_delay_seconds{worker_id="4"} 0.0005',
    'lambda_runtime_thread_loop_delay_seconds{worker_id="7"} 0.25',
    'lambda_runtime_threads{state="busy"} 2',
    'lambda_runtime_threads{state="ready"} 1',
  ]);
  assert.equal(takes.length, 1);
});

test('the next reading has nothing of threads that are gone', async () => {
  const later = { ...CENSUS, queuedCount: 2, states: new Map([['ready', 1]]), threads: [] };
  const { read, takes } = make(CENSUS, later);
  await read();
  const lines = await read();
  assert.equal(takes.length, 2);
  assert.ok(lines.includes('lambda_runtime_events_queued 2'));
  assert.deepEqual(
    lines.filter((line) => line.includes('{')),
    ['lambda_runtime_threads{state="ready"} 1'],
  );
});

test('a reading that fails is no end of the readings', async () => {
  const registry = new prometheus.Registry();
  let count = 0;
  addCensusGauges(registry, async () => {
    count += 1;
    if (count === 1) throw new Error('no census');
    return CENSUS;
  });
  await assert.rejects(registry.metrics(), /no census/);
  assert.match(await registry.metrics(), /lambda_runtime_polls_parked 3/);
});
