import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Evidence, toEvidenceTrace } from '../../../src/core/evidence.ts';
import { PATIENTLY } from '../../support/until.ts';
import {
  endsAtOnce,
  lineOf,
  startSilentServer,
  startStuck,
  WAYS_FILE,
  watch,
} from './stuck-thread.ts';

/** Much, so that a busy machine does not matter; a thread that answers does not use it up. */
const BUDGET_MS = 2000;
/** For threads that do not answer. */
const SHORT_BUDGET_MS = 150;

type BusyRow = readonly [way: string, name: string, innermost: RegExp];

const BUSY: readonly BusyRow[] = [
  ['loop', 'spin', /^spin \(/],
  ['regex', 'match', /^RegExp\.test \(<anonymous>\)$/],
  ['recursion', 'descend', /^descend \(/],
  ['json', 'write', /^(JSON\.stringify \(<anonymous>\)|write \()/],
  ['hash', 'digest', /\(node:|^digest \(/],
  ['atomics', 'sleep', /^Atomics\.wait \(<anonymous>\)$/],
  ['microtasks', 'storm', /^storm \(/],
  ['ticks', 'again', /./],
];

const isCalledAgain: ReadonlySet<string> = new Set(['microtasks', 'ticks']);

for (const [way, name, innermost] of BUSY) {
  test(`a thread that is busy tells its stack: ${way}`, async (context) => {
    const thread = await startStuck(context, way);
    const witness = watch(thread);

    const { evidence } = await witness.collect(BUDGET_MS);
    witness.dispose();

    assert.ok(evidence.kind === 'busy', JSON.stringify(evidence));
    assert.equal(evidence.ageMs, 0);
    assert.match(evidence.frames[0] ?? '', innermost, evidence.frames.join('\n'));
    const own = evidence.frames.find((frame) => frame.startsWith(`${name} (`)) ?? '';
    const line = lineOf(WAYS_FILE, way);
    // A function that has just been called or resumed is at its beginning, the line before.
    const places = isCalledAgain.has(way) ? [line, line - 1] : [line];
    const isThere = places.some((one) => own.startsWith(`${name} (${WAYS_FILE}:${one}:`));
    assert.ok(isThere, evidence.frames.join('\n'));
    await endsAtOnce(thread.worker);
  });
}

type WaitingRow = readonly [way: string, what: RegExp];

const WAITING: readonly WaitingRow[] = [
  ['timer', /^waiting for 1 Timeout: 30000 ms$/m],
  ['fetch', /^waiting for 1 TCPSocketWrap: GET http:\/\/127\.0\.0\.1:\d+\/slow$/m],
  ['request', /^waiting for 1 TCPSocketWrap: GET http:\/\/localhost\/slow \(127\.0\.0\.1:\d+\)$/m],
  ['socket', /^waiting for 1 TCPSocketWrap: 127\.0\.0\.1:\d+$/m],
  ['program', /^waiting for 1 ProcessWrap: sleep \(pid \d+\)$/m],
  ['all', /^waiting for 1 Timeout: 30000 ms$/m],
];

for (const [way, what] of WAITING) {
  test(`a thread that waits tells where and what for: ${way}`, async (context) => {
    const port = await startSilentServer(context);
    const thread = await startStuck(context, way, { port });
    await context.waitFor(async () => {
      const resources = await thread.askPending();
      assert.match(toEvidenceTrace({ kind: 'waiting', resources, frames: [] }).join('\n'), what);
    }, PATIENTLY);
    const witness = watch(thread);
    witness.prepare(BUDGET_MS);

    const evidence = await waitingEvidence(witness, context);
    witness.dispose();

    const lines = toEvidenceTrace(evidence);
    const place = `(${WAYS_FILE}:${lineOf(WAYS_FILE, way)}:`;
    const isThere = evidence.frames.some((frame) => frame.includes(place));
    assert.ok(isThere, lines.join('\n'));
    assert.match(lines.join('\n'), what);
    assert.doesNotMatch(lines.join('\n'), /secret/);
    await endsAtOnce(thread.worker);
  });
}

test('a thread that waits for what nobody can settle tells what else keeps it', async (context) => {
  const thread = await startStuck(context, 'never');
  const witness = watch(thread);

  const { evidence } = await witness.collect(BUDGET_MS);
  witness.dispose();

  const line = lineOf(WAYS_FILE, 'never');
  const [first = '', ...others] = toEvidenceTrace(evidence);
  const place = `, with the callback at ${WAYS_FILE}:${line}:`;
  assert.ok(first.startsWith(`waiting for 1 Timeout: every 10000 ms${place}`), first);
  assert.deepEqual(others, []);
});

test('a program whose stacks cannot be read is not taken for a native call', async (context) => {
  const thread = await startStuck(context, 'unreadable');
  const witness = watch(thread);
  const { evidence } = await witness.collect(BUDGET_MS);
  witness.dispose();
  assert.match(toEvidenceTrace(evidence).join(), /made its stacks unreadable/);
});

test('a native call gives no sign, and the answer is in time', async (context) => {
  const thread = await startStuck(context, 'native', { rounds: 1_000_000 });
  const witness = watch(thread);
  witness.prepare(BUDGET_MS);
  const startedAtMs = performance.now();
  const { evidence } = await witness.collect(SHORT_BUDGET_MS);

  const tookMs = performance.now() - startedAtMs;
  assert.equal(evidence.kind, 'native', JSON.stringify(evidence));
  // A late timer is the machine's doing.
  assert.ok(tookMs < SHORT_BUDGET_MS + 100, `${tookMs} ms`);
  witness.dispose();
});

test('a synchronous child process is told by its command', async (context) => {
  const thread = await startStuck(context, 'child', { seconds: 2 });
  const witness = watch(thread);

  await context.waitFor(async () => {
    const { evidence } = await witness.collect(SHORT_BUDGET_MS);
    const [first = ''] = toEvidenceTrace(evidence);
    assert.match(first, /^waiting for a child process: .*sleep 2 \(pid \d+\)$/);
  }, PATIENTLY);
  witness.dispose();
});

test('what was seen before a native call is told with it', async (context) => {
  const thread = await startStuck(context, 'loopThenNative', { rounds: 1_000_000 });
  const witness = watch(thread);
  witness.prepare(BUDGET_MS);
  await wait(500);
  thread.letGo();
  await wait(50);

  const { evidence } = await witness.collect(SHORT_BUDGET_MS);
  witness.dispose();

  assert.ok(evidence.kind === 'native', JSON.stringify(evidence));
  assert.match(evidence.lastSeen?.frames.join('\n') ?? '', /^turn \(/m);
  assert.ok((evidence.lastSeen?.ageMs ?? 0) > 200);
});

test('a thread that has ended is not asked for long', async (context) => {
  const thread = await startStuck(context, 'loop');
  await thread.worker.terminate();
  const witness = watch(thread);

  const { evidence } = await witness.collect(SHORT_BUDGET_MS);
  witness.dispose();

  assert.deepEqual(evidence, { kind: 'none', reason: 'its thread has ended' });
});

test('a handler that goes on after the look is not held up', async (context) => {
  const thread = await startStuck(context, 'work');
  const witness = watch(thread);
  witness.prepare(BUDGET_MS);
  const { evidence } = await witness.collect(BUDGET_MS);
  assert.equal(evidence.kind, 'busy');
  witness.dispose();

  thread.letGo();
  assert.equal(await thread.ended, 0);
});

test('other threads are left alone', async (context) => {
  const other = new Worker('setInterval(() => {}, 1000)', { eval: true });
  context.after(() => other.terminate());
  const thread = await startStuck(context, 'nested');
  const witness = watch(thread);
  witness.prepare(BUDGET_MS);

  const evidence = await waitingEvidence(witness, context, false);
  witness.dispose();

  assert.match(toEvidenceTrace(evidence).join('\n'), /^waiting for 1 (Worker|MessagePort)/m);
  await endsAtOnce(thread.worker);
  await endsAtOnce(other);
});

/** The search for suspended functions has a bound in time: on a busy machine it may take a few. */
async function waitingEvidence(
  witness: ReturnType<typeof watch>,
  context: TestContext,
  isFound = true,
): Promise<Extract<Evidence, { kind: 'waiting' }>> {
  return context.waitFor(async () => {
    const { evidence } = await witness.collect(BUDGET_MS);
    assert.ok(evidence.kind === 'waiting', JSON.stringify(evidence));
    assert.ok(evidence.frames.length > 0 || !isFound, toEvidenceTrace(evidence).join('\n'));
    return evidence;
  }, PATIENTLY);
}
