import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuntimeApiMoment } from '../../../src/core/telemetry-port.ts';
import { toSnapshotApi } from '../../../src/runtime-api/snapshot-api.ts';
import type { Reply, RequestParts } from '../../../src/runtime-api/transport.ts';
import { SimClock, seededRandom } from '../../sim/sim-clock.ts';

const NEXT = '/2018-06-01/runtime/restore/next';
const ERROR = { errorType: 'Runtime.AfterRestoreError', errorMessage: 'no', trace: [] };
const REFUSED = new Error('connect ECONNREFUSED');

/** A reply; an error before anything is sent; or one after that. */
type Scripted = Partial<Reply> | { readonly unsent: Error } | { readonly lost: Error };

function play(...script: readonly Scripted[]) {
  const notes: string[] = [];
  const sent: RequestParts[] = [];
  const moments: RuntimeApiMoment[] = [];
  const clock = new SimClock(seededRandom(1));
  const left = [...script];
  let opened = 0;
  const open = () => {
    opened += 1;
    const name = opened;
    let drop: (error: Error) => void = () => {};
    return {
      async exchange(parts: RequestParts, onSent: () => void = () => {}): Promise<Reply> {
        notes.push(`${parts.method} on ${name}`);
        const reply = left.shift();
        if (reply !== undefined && 'unsent' in reply) throw reply.unsent;
        onSent();
        sent.push(parts);
        if (reply === undefined) return new Promise((_, reject) => (drop = reject));
        if ('lost' in reply) throw reply.lost;
        return { status: 200, headers: {}, body: new Uint8Array(), ...reply };
      },
      async close() {
        notes.push(`close ${name}`);
        drop(new Error('closed'));
      },
    };
  };
  const api = toSnapshotApi(open, {
    clock,
    userAgent: 'lambda-bulkhead/test',
    onMoment: (moment) => moments.push(moment),
  });
  return { api, clock, moments, notes, sent };
}

test('the wait has a connection of its own, and leaves none behind', async () => {
  const { api, notes, sent } = play({ status: 200 }, { status: 202 });
  await api.untilRestored();
  await api.restoreError(ERROR, ERROR.errorType);
  assert.deepEqual(notes, ['GET on 1', 'close 1', 'POST on 2', 'close 2']);
  assert.deepEqual(
    sent.map(({ path }) => path),
    [NEXT, '/2018-06-01/runtime/restore/error'],
  );
  assert.deepEqual(sent[0]?.headers, ['user-agent', 'lambda-bulkhead/test']);
  assert.ok(sent[1]?.headers.includes('Runtime.AfterRestoreError'));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(sent[1]?.body)), ERROR);
});

test('a server that is not there yet is asked again, one that was asked is not', async () => {
  const early = play({ unsent: REFUSED }, { unsent: REFUSED }, { status: 200 });
  let isRestored = false;
  void early.api.untilRestored().then(() => {
    isRestored = true;
  });
  await early.clock.runUntil(() => isRestored, 60_000);
  assert.equal(isRestored, true);

  const late = play({ lost: new Error('reset') });
  await assert.rejects(late.api.untilRestored(), {
    errorType: 'Runtime.ApiUnreachable',
    message: `Cannot wait for the restore: GET ${NEXT} got no reply: reset`,
  });
});

test('a server that never comes is given up', async () => {
  const { api, clock } = play(...Array.from({ length: 9 }, () => ({ unsent: REFUSED })));
  let failure: unknown;
  api.untilRestored().catch((error: unknown) => {
    failure = error;
  });
  await clock.runUntil(() => failure !== undefined, 60_000);
  assert.match(String(failure), /ECONNREFUSED/);
});

test('whatever is no 200 is the end, with a reason', async () => {
  const names = { 403: 'Runtime.IllegalStateTransition', 404: 'Runtime.ApiFailure' };
  for (const [status, errorType] of Object.entries(names)) {
    const { api } = play({ status: Number(status), body: new TextEncoder().encode('why') });
    const message = `Cannot wait for the restore: GET ${NEXT} was answered ${status} why`;
    await assert.rejects(api.untilRestored(), { errorType, message });
  }
});

test('a wait that is closed ends, and is not begun again', async () => {
  const { api, notes } = play();
  const waiting = assert.rejects(api.untilRestored(), /closed/);
  await api.close();
  await waiting;
  assert.equal(notes.filter((note) => note.startsWith('GET')).length, 1);
});

test('a restore error that cannot be posted is told, and nothing is thrown', async () => {
  for (const reply of [{ status: 403 }, { unsent: REFUSED }]) {
    const { api, moments } = play(reply);
    await api.restoreError(ERROR, ERROR.errorType);
    assert.match(
      moments[0]?.detail ?? '',
      /^POST .*restore\/error (was answered 403|got no reply)/,
    );
  }
  const silent = play();
  let isOver = false;
  void silent.api.restoreError(ERROR, ERROR.errorType).then(() => {
    isOver = true;
  });
  await silent.clock.runUntil(() => isOver, 60_000);
  assert.match(silent.moments[0]?.detail ?? '', /1000 ms have passed/);
});
