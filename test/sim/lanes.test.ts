import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '../../src/core/errors.ts';
import type { Invocation } from '../../src/core/invocation.ts';
import type { HandlerPool, RuntimeApi, Slot } from '../../src/core/ports.ts';
import type { Telemetry } from '../../src/core/telemetry-port.ts';
import { Drain } from '../../src/supervisor/drain.ts';
import { type LaneEnd, runLane } from '../../src/supervisor/lane.ts';
import { Supervisor } from '../../src/supervisor/supervisor.ts';
import { SimClock, seededRandom } from './sim-clock.ts';

const HANDLER_MS = 50;

/** Several lanes whose connections fail one by one. */
test('when one lane ends the service, what the others have in flight is answered', async () => {
  const clock = new SimClock(seededRandom(1));
  const answered: string[] = [];
  const api = (requestId: string, isRefused: boolean): RuntimeApi => {
    let polls = 0;
    return {
      next: async (onSent) => {
        onSent();
        polls += 1;
        if (polls === 1) return toInvocation(requestId, clock);
        if (isRefused) throw new RuntimeError('Runtime.ApiFailure', 'the poll met a 500');
        return new Promise(() => {});
      },
      respond: async (key) => {
        answered.push(key.requestId);
        return { kind: 'accepted', status: 202 };
      },
      openStream: () => assert.fail('nobody streams'),
      initError: async () => {},
      close: async () => {},
    };
  };
  const supervisor = new Supervisor({
    isMultiConcurrent: false,
    retryNeighbours: false,
    apis: [api('quick', true), api('slow', false)],
    pool: poolOf(clock),
    clock,
    telemetry: new Proxy({}, { get: () => () => {} }) as Telemetry,
    watchdog: { marginMs: 100, isEnabled: true },
  });
  let exitCode: number | undefined;
  void supervisor.run().then((end) => {
    exitCode = end.exitCode;
  });

  await clock.runUntil(() => exitCode !== undefined, 60_000);

  assert.deepEqual(answered, ['quick', 'slow']);
  assert.equal(exitCode, 1);
});

test('the last invocation before there is no worker any more has its report', async () => {
  const clock = new SimClock(seededRandom(1));
  const measured: string[] = [];
  const own: Partial<Telemetry> = {
    isMeasuring: true,
    invocationMeasured: ({ key }) => void measured.push(key.requestId),
  };
  const api: Partial<RuntimeApi> = {
    next: async (onSent) => {
      onSent();
      return toInvocation('last', clock);
    },
    respond: async () => ({ kind: 'accepted', status: 202 }),
  };
  const pool = poolOf(clock);
  const slots = [pool.tryAcquire()];
  const error = { errorType: 'Runtime.WorkerError', errorMessage: 'no more', trace: [] };
  const failure = { kind: 'failure', error, headerType: error.errorType } as const;
  let end: LaneEnd | undefined;
  void runLane({
    api: api as RuntimeApi,
    pool: {
      ...pool,
      tryAcquire: () => slots.shift(),
      acquire: async () => ({ ...failure, finalReason: 'all are lost' }),
    },
    clock,
    telemetry: new Proxy(own, {
      get: (of, name) => Reflect.get(of, name) ?? (() => {}),
    }) as Telemetry,
    watchdog: { clock, marginMs: 100, isEnabled: true },
    drain: new Drain(clock, 1000),
    retryNeighbours: false,
    isMultiConcurrent: false,
    onPoll: () => {},
  }).then((one) => {
    end = one;
  });

  await clock.runUntil(() => end !== undefined, 60_000);

  assert.equal(end?.kind, 'no_worker');
  assert.deepEqual(measured, ['last']);
});

function toInvocation(requestId: string, clock: SimClock): Invocation {
  const deadlineEpochMs = clock.nowEpochMs() + 3000;
  return { requestId, deadlineEpochMs, event: new Uint8Array() } as Invocation;
}

function poolOf(clock: SimClock): HandlerPool {
  const slot: Slot = {
    id: 1,
    isReady: true,
    accepts: () => true,
    invoke: async ({ requestId }) => {
      await clock.wait(requestId === 'slow' ? HANDLER_MS : 0);
      const outcome = { kind: 'success', body: new Uint8Array() } as const;
      return { kind: 'result', outcome, handlerMs: 0 };
    },
    prepareEvidence: () => {},
    collectEvidence: async () => ({ evidence: { kind: 'none', reason: '' } }) as never,
    release: () => {},
    condemn: () => {},
  };
  return {
    start: async () => ({ kind: 'ready' }),
    tryAcquire: () => slot,
    acquire: async () => ({ kind: 'slot', slot }),
    startProblem: undefined,
    replenish: () => {},
    announceShutdown: () => {},
    windDown: () => Promise.resolve(),
    close: async () => ({ stuck: 0 }),
  };
}
