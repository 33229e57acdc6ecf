// One lane's memory: what it writes down, and what it does in the place of a dead process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Invocation } from '../../../src/core/invocation.ts';
import { REDELIVERIES_MAX, REPOLL_GUARD_MS } from '../../../src/core/limits.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import type { Receipt, RuntimeApi } from '../../../src/core/ports.ts';
import { GuardedApi } from '../../../src/guardian/guarded-api.ts';
import type { InFlight } from '../../../src/guardian/journal-format.ts';
import { Recovery } from '../../../src/guardian/recovery.ts';
import { SimClock, seededRandom } from '../../sim/sim-clock.ts';

const SUCCESS: Outcome = { kind: 'success', body: new Uint8Array() };
const ERROR = { errorType: 'RangeError', errorMessage: 'no', trace: [] };

function invocation(requestId: string): Invocation {
  return {
    requestId,
    invocationId: undefined,
    deadlineEpochMs: undefined,
    functionArn: '',
    traceId: undefined,
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId: undefined,
    event: new Uint8Array(),
  };
}

type World = {
  readonly events?: readonly string[];
  readonly receipt?: Receipt;
  /** What the dead process had in flight, and what becomes of its answer. */
  readonly dead?: { readonly inFlight: readonly InFlight[]; readonly status: number | Error };
};

function guarded({ events = [], receipt, dead }: World) {
  const clock = new SimClock(seededRandom(1));
  const left = [...events];
  const notes: string[] = [];
  const api: RuntimeApi = {
    next: async (onSent) => {
      notes.push('poll');
      onSent();
      const requestId = left.shift();
      return requestId === undefined ? new Promise(() => {}) : invocation(requestId);
    },
    respond: async (key, outcome) => {
      notes.push(`answer ${key.requestId} ${outcome.kind}`);
      return receipt ?? { kind: 'accepted', status: 202 };
    },
    openStream: ({ requestId }) => {
      notes.push(`stream ${requestId}`);
      return { ended: Promise.resolve(receipt ?? { kind: 'accepted', status: 202 }) } as never;
    },
    initError: async () => void notes.push('init error'),
    close: async () => void notes.push('close'),
  };
  const journal = {
    polled: () => void notes.push('note polled'),
    begin: (lane: number, { requestId }: Invocation) =>
      void notes.push(`begin ${lane} ${requestId}`),
    end: (lane: number, { requestId }: { requestId: string }) =>
      void notes.push(`end ${lane} ${requestId}`),
  };
  const recovery =
    dead === undefined
      ? undefined
      : new Recovery({
          past: {
            inFlight: dead.inFlight,
            damagedCount: 0,
            hasPolled: true,
            isRestored: true,
            isWanted: false,
          },
          status: 137,
          api: {
            answer: async ({ requestId }) => {
              notes.push(`recover ${requestId}`);
              if (dead.status instanceof Error) throw dead.status;
              return dead.status;
            },
            askState: async () => 'Running',
            close: async () => void notes.push('close recovery'),
          },
          clock,
          multiConcurrent: false,
        });
  const problems: string[] = [];
  const telemetry = { problem: (detail: string) => void problems.push(detail) };
  const lane = new GuardedApi({ api, journal, lane: 3, clock, telemetry, recovery });
  return { lane, notes, clock, problems };
}

const DEAD: InFlight = { requestId: 'dead', invocationId: undefined, deadlineEpochMs: undefined };

test('an event is noted before anybody has it, and its end when the answer is taken', async () => {
  const { lane, notes } = guarded({ events: ['r-1'] });
  let sent = 0;
  const one = await lane.next(() => {
    sent += 1;
  });
  notes.push('handler');
  await lane.respond(one, SUCCESS);
  assert.equal(sent, 1);
  const answer = ['handler', 'answer r-1 success', 'end 3 r-1'];
  assert.deepEqual(notes, ['poll', 'note polled', 'begin 3 r-1', ...answer]);
});

test('an answer that got no reply stays noted', async () => {
  const { lane, notes } = guarded({ receipt: { kind: 'refused', status: 0 } });
  await lane.respond({ requestId: 'r-1', invocationId: undefined }, SUCCESS);
  assert.deepEqual(notes, ['answer r-1 success']);
});

for (const [status, isOver] of [
  [202, true],
  [410, true],
  [0, false],
] as const) {
  test(`a streamed answer that met ${status} ${isOver ? 'is over' : 'stays noted'}`, async () => {
    const kind = status === 202 ? 'accepted' : 'refused';
    const { lane, notes } = guarded({ receipt: { kind, status } });
    const key = { requestId: 'r-1', invocationId: undefined };
    await lane.openStream(key, { contentType: undefined, onClosed: () => {} }).ended;
    assert.deepEqual(notes, isOver ? ['stream r-1', 'end 3 r-1'] : ['stream r-1']);
  });
}

test('a refused answer is over as well', async () => {
  const { lane, notes } = guarded({ receipt: { kind: 'refused', status: 410 } });
  await lane.respond({ requestId: 'r-1', invocationId: undefined }, SUCCESS);
  assert.deepEqual(notes, ['answer r-1 success', 'end 3 r-1']);
});

test('the first process of an environment reports a failed Init', async () => {
  const { lane, notes, problems } = guarded({});
  await lane.initError(ERROR, 'Runtime.RangeError');
  await lane.close();
  assert.deepEqual(notes, ['init error', 'close']);
  assert.deepEqual(problems, []);
});

test('no poll goes out before what was in flight is answered', async () => {
  const dead = { inFlight: [DEAD], status: 202 };
  const { lane, notes } = guarded({ events: ['r-1'], dead });
  await lane.next(() => {});
  assert.deepEqual(notes, ['recover dead', 'poll', 'note polled', 'begin 3 r-1']);
});

test('a later process reports no failed Init, and says why', async () => {
  const dead = { inFlight: [DEAD], status: 202 };
  const { lane, notes, problems } = guarded({ dead });
  await lane.initError(ERROR, 'Runtime.RangeError');
  await lane.close();
  assert.deepEqual(notes, ['recover dead', 'close recovery', 'close']);
  assert.equal(problems.length, 1);
});

test('an event that comes again although it died is answered, not run, and not for ever', async () => {
  const dead = { inFlight: [DEAD], status: new Error('ECONNRESET') };
  const once = guarded({ events: ['dead', 'r-1'], dead });
  assert.equal((await once.lane.next(() => {})).requestId, 'r-1');
  assert.ok(once.notes.includes('answer dead crash'));

  const events = Array(REDELIVERIES_MAX + 2).fill('dead');
  const always = guarded({ events, dead });
  await assert.rejects(
    always.lane.next(() => {}),
    { errorType: 'Runtime.ApiFailure' },
  );
  const answers = always.notes.filter((note) => note === 'answer dead crash');
  assert.equal(answers.length, REDELIVERIES_MAX);
});

test('a long Init does not keep the poll from going out in time', async () => {
  const clockStart = new SimClock(seededRandom(1)).nowEpochMs();
  const dead = {
    inFlight: [{ ...DEAD, deadlineEpochMs: clockStart + 1000 }],
    status: 202,
  };
  const { lane, notes, clock } = guarded({ events: ['r-1', 'r-2'], dead });
  await clock.runUntil(() => notes.includes('poll'), 10_000);
  assert.equal(clock.nowEpochMs(), clockStart + 1000 - REPOLL_GUARD_MS);
  await clock.runUntil(() => notes.includes('begin 3 r-1'), 10);
  // Init is over: the lane gets the event that has come, then polls as usual.
  assert.equal((await lane.next(() => {})).requestId, 'r-1');
  assert.equal((await lane.next(() => {})).requestId, 'r-2');
  assert.equal(notes.filter((note) => note === 'poll').length, 2);
});

test('an event that came during an Init that fails is answered with its error', async () => {
  const clockStart = new SimClock(seededRandom(1)).nowEpochMs();
  const dead = { inFlight: [{ ...DEAD, deadlineEpochMs: clockStart }], status: 202 };
  const { lane, notes, clock } = guarded({ events: ['r-1'], dead });
  await clock.runUntil(() => notes.includes('begin 3 r-1'), 10_000);
  await lane.initError(ERROR, 'Runtime.RangeError');
  assert.deepEqual(notes.slice(-2), ['answer r-1 failure', 'end 3 r-1']);
});

test('a lane that has polled, or is closed, does not poll once more in time', async () => {
  const clockStart = new SimClock(seededRandom(1)).nowEpochMs();
  const dead = { inFlight: [{ ...DEAD, deadlineEpochMs: clockStart + 1000 }], status: 202 };
  const polled = guarded({ events: ['r-1'], dead });
  await polled.lane.next(() => {});
  const closed = guarded({ dead });
  await closed.lane.close();
  for (const { clock, notes } of [polled, closed]) {
    const before = [...notes];
    await clock.runUntil(() => false, 10_000);
    assert.deepEqual(notes, before);
  }
});
