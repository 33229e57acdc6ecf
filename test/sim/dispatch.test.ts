// One invocation whose thread is lost before it has begun, or by another invocation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Invocation } from '../../src/core/invocation.ts';
import { neighbourOutcome } from '../../src/core/outcome.ts';
import type {
  HandlerPool,
  OpenStream,
  ResponseStream,
  Slot,
  SlotResult,
} from '../../src/core/ports.ts';
import type { Telemetry } from '../../src/core/telemetry-port.ts';
import { type Decision, dispatch } from '../../src/supervisor/dispatch.ts';
import { Drain } from '../../src/supervisor/drain.ts';
import { SimClock, seededRandom } from './sim-clock.ts';

const HANDLER_MS = 50;
const TIMEOUT_MS = 1000;
const NOTHING = new Uint8Array();

const UNBEGUN: SlotResult = { kind: 'unbegun' };
const SUCCESS: SlotResult = {
  kind: 'result',
  outcome: { kind: 'success', body: new Uint8Array([7]) },
  handlerMs: HANDLER_MS,
};
const HURT: SlotResult = {
  kind: 'crash',
  outcome: neighbourOutcome('r', 'r-2', 'ended it with Error'),
};
const CRASH: SlotResult = {
  kind: 'crash',
  outcome: {
    kind: 'crash',
    error: { errorType: 'Error', errorMessage: 'died', trace: [] },
    headerType: 'Runtime.ExitError',
  },
};

type Options = {
  readonly retryNeighbours?: boolean;
  /** The handler begins its answer by itself. */
  readonly streams?: boolean;
  /** Until there is another thread, each time. */
  readonly acquireMs?: number;
};

type Run = {
  readonly decision: Decision;
  /** How many threads it was given to. */
  readonly tries: number;
  readonly released: number;
  readonly late: readonly string[];
};

/** Each try comes to the next of the results, after HANDLER_MS. */
async function run(results: readonly SlotResult[], options: Options = {}): Promise<Run> {
  const { retryNeighbours = false, streams = false, acquireMs = 0 } = options;
  const clock = new SimClock(seededRandom(1));
  const counts = { tries: 0, released: 0 };
  const late: string[] = [];
  const invoke = async (_: unknown, _deadline: unknown, open: OpenStream): Promise<SlotResult> => {
    const result = results[counts.tries];
    counts.tries += 1;
    assert.ok(result !== undefined, 'it runs more often than it should');
    if (streams) open({ contentType: undefined, onClosed: () => {} });
    await clock.wait(HANDLER_MS);
    return result;
  };
  const slotOf = (id: number): Slot => ({
    id,
    isReady: true,
    accepts: () => true,
    invoke,
    prepareEvidence: () => {},
    collectEvidence: async () => ({
      evidence: { kind: 'none', reason: '' },
      profilePath: undefined,
    }),
    release: () => {
      counts.released += 1;
    },
    condemn: () => {},
  });
  const acquire: HandlerPool['acquire'] = async () => {
    if (acquireMs > 0) await clock.wait(acquireMs);
    return { kind: 'slot', slot: slotOf(counts.tries + 1) };
  };
  const telemetry: Partial<Telemetry> = {
    warmUp: () => {},
    lateCause: (_, cause) => void late.push(cause),
  };
  let decision: Decision | undefined;
  const first = Promise.resolve({ kind: 'slot' as const, slot: slotOf(1) });
  const deadlineEpochMs = clock.nowEpochMs() + TIMEOUT_MS;
  void dispatch({ requestId: 'r', deadlineEpochMs, event: NOTHING } as Invocation, first, {
    api: { openStream: () => ({ bytes: 0 }) as ResponseStream },
    pool: { acquire } as HandlerPool,
    watchdog: { clock, marginMs: 100, isEnabled: true },
    drain: new Drain(clock, 1000),
    telemetry: telemetry as Telemetry,
    retryNeighbours,
  }).then((one) => {
    decision = one;
  });
  await clock.runUntil(() => false, 10 * TIMEOUT_MS);
  assert.ok(decision !== undefined, 'it is decided');
  return { decision, ...counts, late };
}

test('an event whose thread was lost before it began is run by another, as often as it takes', async () => {
  for (const retryNeighbours of [false, true]) {
    const { decision, tries } = await run([UNBEGUN, UNBEGUN, SUCCESS], { retryNeighbours });
    assert.equal(decision.cause, 'result');
    assert.equal(tries, 3);
    assert.equal(decision.slot?.id, 3, 'the thread that has run it');
    assert.equal(decision.handlerMs, HANDLER_MS);
  }
});

test('who was hurt by another one is answered, unless it is to run again', async () => {
  const { decision, tries } = await run([HURT]);
  assert.equal(tries, 1);
  assert.equal(decision.cause, 'crash');
  assert.equal(decision.outcome.kind, 'neighbour');
});

test('who was hurt runs again, once', async () => {
  const good = await run([HURT, SUCCESS], { retryNeighbours: true });
  assert.deepEqual([good.decision.cause, good.tries], ['result', 2]);
  const bad = await run([HURT, HURT], { retryNeighbours: true });
  assert.deepEqual([bad.decision.outcome.kind, bad.tries], ['neighbour', 2]);
});

test('what was never begun does not use up the second try', async () => {
  const options = { retryNeighbours: true };
  const { decision, tries } = await run([UNBEGUN, HURT, UNBEGUN, SUCCESS], options);
  assert.deepEqual([decision.cause, tries], ['result', 4]);
});

test('who has begun its answer by itself is not run again', async () => {
  const { decision, tries } = await run([HURT], { retryNeighbours: true, streams: true });
  assert.equal(tries, 1);
  assert.equal(decision.outcome.kind, 'neighbour');
  assert.ok(decision.stream !== undefined);
});

test('a crash of its own is no reason to run it again', async () => {
  const { decision, tries } = await run([CRASH], { retryNeighbours: true });
  assert.deepEqual([decision.outcome.kind, tries], ['crash', 1]);
});

test('a handler that did not come back has had all the time until then', async () => {
  for (const result of [CRASH, HURT]) {
    const { decision } = await run([result]);
    assert.equal(decision.handlerMs, HANDLER_MS);
  }
});

test('at its deadline it is answered while it waits for another thread, which is given back', async () => {
  for (const lost of [UNBEGUN, HURT]) {
    const options = { retryNeighbours: true, acquireMs: 2 * TIMEOUT_MS };
    const { decision, tries, released, late } = await run([lost], options);
    assert.equal(decision.cause, 'deadline');
    assert.equal(decision.slot, undefined);
    assert.match(JSON.stringify(decision.outcome), /no handler was running/);
    assert.deepEqual([tries, released, late.length], [1, 1, 0]);
  }
});
