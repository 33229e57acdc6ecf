// What the runtime makes of a Runtime API that misbehaves (contract, section 1.2): each fault on
// each endpoint at the first, second and third exchange. Whatever happens, no event runs twice and
// none is answered twice; the runtime goes on, or it ends at once and says why.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  Emulator,
  type EmulatorOptions,
  type Fault,
  type FaultRule,
  type InvokeResult,
} from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';

type FaultedEndpoint = 'next' | 'response' | 'error';
type Pipelining = 'auto' | 'off';

const ENDPOINTS: readonly FaultedEndpoint[] = ['next', 'response', 'error'];
const MODES: readonly Pipelining[] = ['auto', 'off'];
const POSITIONS = [1, 2, 3];

/** The connection fails, or the reply does; every endpoint survives these. */
const BROKEN: readonly Fault[] = [
  { kind: 'delay', ms: 20 },
  { kind: 'drop' },
  { kind: 'reset-after' },
  { kind: 'garbage' },
  { kind: 'truncate', bytes: 3 },
  { kind: 'slow', chunkBytes: 4, pauseMs: 2 },
];
const STATUSES = [400, 403, 410, 413, 500];
/** The reply matrix: after these the invocation is over, and the next one is served. */
const HARMLESS_FOR_ANSWERS = [400, 410, 413];
/** From the reply to the end of the process, ms: threads included, on a busy machine. */
const EXIT_MS_MAX = 1500;

for (const mode of MODES) {
  for (const endpoint of ENDPOINTS) {
    const isAnswer = endpoint !== 'next';
    const refusals = isAnswer ? HARMLESS_FOR_ANSWERS : [];
    const faults = [...BROKEN, ...refusals.map(toStatus)];
    test(`the runtime goes on after any harmless fault of ${endpoint}, pipelining ${mode}`, (context) =>
      checkGoesOn(context, { mode, endpoint, faults }));

    for (const status of STATUSES.filter((one) => !refusals.includes(one))) {
      test(`the runtime ends at once after ${status} on ${endpoint}, pipelining ${mode}`, (context) =>
        checkEnds(context, { mode, endpoint, status }));
    }
  }
  test(`the first poll of all survives any broken connection, pipelining ${mode}`, async (context) => {
    await Promise.all(BROKEN.map((fault) => checkFirstPoll(context, mode, fault)));
  });
}

type GoesOn = {
  readonly mode: Pipelining;
  readonly endpoint: FaultedEndpoint;
  readonly faults: readonly Fault[];
};

async function checkGoesOn(context: TestContext, row: GoesOn): Promise<void> {
  const { mode, endpoint, faults } = row;
  const run = await start(context, mode);
  const results: InvokeResult[] = [];
  for (const fault of faults) {
    for (const nth of POSITIONS) {
      run.emulator.faults.add({ endpoint, fault, nth });
      // The fault hits on the way, or behind the last of these.
      for (let index = 0; index <= nth; index += 1) results.push(await run.invoke(endpoint));
      run.emulator.faults.clear();
    }
  }
  await stop(run);

  checkServed(run, results, endpoint === 'error');
}

async function checkFirstPoll(context: TestContext, mode: Pipelining, fault: Fault): Promise<void> {
  const run = await start(context, mode, { faults: [{ endpoint: 'next', fault }] });
  const results = [await run.invoke('next'), await run.invoke('next')];
  await stop(run);

  checkServed(run, results, false);
}

test('an answer that gets through at the third attempt only is the only one', async (context) => {
  for (const mode of MODES) {
    const run = await start(context, mode);
    run.emulator.faults.add({ endpoint: 'response', fault: { kind: 'drop' }, times: 2 });
    const results = [await run.invoke('response'), await run.invoke('response')];
    await stop(run);

    checkServed(run, results, false);
    assert.match(run.child.stderr, /the event came again, its answer is sent again/);
  }
});

test('a poll whose connection breaks three times in a row is still asked again', async (context) => {
  const run = await start(context, 'auto');
  run.emulator.faults.add({ endpoint: 'next', fault: { kind: 'drop' }, times: 3 });
  const results = [await run.invoke('next'), await run.invoke('next')];
  await stop(run);

  checkServed(run, results, false);
});

test('a retry under the same request id is another invocation and runs again', async (context) => {
  for (const invocationId of [true, false]) {
    const run = await start(context, 'auto', { invocationId });
    const requestId = 'the-same-id';
    const first = await run.emulator.invoke({ id: 'first', fail: true }, { requestId });
    const second = await run.emulator.invoke({ id: 'second' }, { requestId });
    await stop(run);

    assert.equal(first.functionError, 'Unhandled');
    assert.deepEqual(second.payload, { id: 'second', pid: run.child.child.pid });
    assert.deepEqual(executions(run.child), ['first', 'second']);
  }
});

test('an event that comes again and again although it was answered ends the runtime', async (context) => {
  const rule: FaultRule = { endpoint: 'response', fault: { kind: 'drop' }, times: Infinity };
  const run = await start(context, 'auto', { faults: [rule] });
  const id = 'a secret of the event';
  void run.emulator.invoke({ id });
  const { exitCode } = await run.child.ended;

  assert.equal(exitCode, 1);
  assert.deepEqual(executions(run.child), [id]);
  assert.match(lastReason(run.child), /^Runtime\.\w+: Cannot go on serving: /);
  assert.ok(!run.child.stderr.includes(id), 'payloads are never logged');
});

type Ends = {
  readonly mode: Pipelining;
  readonly endpoint: FaultedEndpoint;
  readonly status: number;
};

async function checkEnds(context: TestContext, row: Ends): Promise<void> {
  await Promise.all(POSITIONS.map((nth) => checkEndsAt(context, row, nth)));
}

async function checkEndsAt(context: TestContext, row: Ends, nth: number): Promise<void> {
  const { mode, endpoint, status } = row;
  const run = await start(context, mode, {
    faults: [{ endpoint, fault: toStatus(status), nth }],
  });
  const replied = run.emulator.waitForExchange((one) => one.fault !== undefined);
  const results: InvokeResult[] = [];
  // The poll behind the n-th answer is the one after it; the n-th poll comes before n answers.
  for (let index = 1; index < nth; index += 1) results.push(await run.invoke(endpoint));
  if (endpoint !== 'next') void run.invoke(endpoint);
  await replied;
  const repliedAtMs = performance.now();
  const { exitCode, endedAtMs } = await run.child.ended;

  assert.equal(exitCode, 1, run.child.text);
  assert.ok(endedAtMs - repliedAtMs < EXIT_MS_MAX, `ended ${endedAtMs - repliedAtMs} ms later`);
  checkAnswers(run, results, endpoint === 'error');
  const stops = run.child.events.filter(({ event }) => event === 'stopped');
  assert.deepEqual([stops.length, stops[0]?.['level']], [1, 'FATAL'], run.child.text);
  const errorType = status === 403 ? 'Runtime\\.IllegalStateTransition' : 'Runtime\\.ApiFailure';
  const path = endpoint === 'next' ? 'GET .*/next' : `POST .*/${endpoint}`;
  const reason = `^${errorType}: Cannot go on serving: ${path} was answered ${status} {.*}$`;
  assert.match(lastReason(run.child), new RegExp(reason));
}

type Run = {
  readonly emulator: Emulator;
  readonly child: RuntimeChild;
  /** One more event; it fails when its error report is what is tested. */
  readonly invoke: (endpoint: FaultedEndpoint) => Promise<InvokeResult>;
  readonly ids: string[];
};

async function start(
  context: TestContext,
  mode: Pipelining,
  options: EmulatorOptions = {},
): Promise<Run> {
  const emulator = await Emulator.start({ timeoutMs: 20_000, onLog: () => {}, ...options });
  context.after(() => emulator.close());
  const { runtimeApi } = emulator;
  const env = { BULKHEAD_PIPELINING: mode };
  const child = new RuntimeChild(context, { handler: 'runs.handler', runtimeApi, env });
  const ids: string[] = [];
  const invoke = (endpoint: FaultedEndpoint): Promise<InvokeResult> => {
    const id = `event-${ids.length + 1}`;
    ids.push(id);
    return Promise.race([
      emulator.invoke({ id, fail: endpoint === 'error' }),
      // The emulator is closed at the end of the test, which answers what is still open.
      child.ended.then(() => new Promise<never>(() => {})),
    ]);
  };
  return { emulator, child, invoke, ids };
}

async function stop({ child }: Run): Promise<void> {
  child.child.kill('SIGTERM');
  assert.equal((await child.ended).exitCode, 0, child.text);
}

function checkServed(run: Run, results: readonly InvokeResult[], hasFailed: boolean): void {
  assert.equal(results.length, run.ids.length);
  checkAnswers(run, results, hasFailed);
  assert.deepEqual(executions(run.child), run.ids, 'each event once, in order');
}

function checkAnswers(run: Run, results: readonly InvokeResult[], hasFailed: boolean): void {
  for (const [index, result] of results.entries()) {
    const id = run.ids[index];
    const { payload } = result;
    if (hasFailed) assert.equal((payload as { errorMessage: string }).errorMessage, `failed ${id}`);
    else assert.deepEqual(payload, { id, pid: run.child.child.pid });
    const accepted = run.emulator.exchanges.filter(
      (one) => one.requestId === result.requestId && one.status === 202,
    );
    assert.ok(accepted.length <= 1, `${id} was accepted ${accepted.length} times`);
  }
  const ran = executions(run.child);
  assert.equal(new Set(ran).size, ran.length, 'no event twice');
}

function executions(child: RuntimeChild): readonly string[] {
  return child.lines.flatMap((line) => /\tRUN (.*)$/.exec(line)?.[1] ?? []);
}

function lastReason(child: RuntimeChild): string {
  return String(child.events.at(-1)?.['reason']);
}

function toStatus(status: number): Fault {
  const byStatus: Record<number, string> = { 400: 'InvalidRequestID', 410: 'InvokeTimeout' };
  return { kind: 'status', status, errorType: byStatus[status] ?? 'InjectedFault' };
}
