// Managed Instances: many events at once, routed by their ids alone (contract, section 3.2).
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import {
  answerPath,
  idOf,
  next,
  post,
  type RawReply,
  startBare,
  until,
} from '../unit/emulator/support/raw-runtime.ts';

test('events run at once, each on the connection of its poll, first come, first served', async (t) => {
  const emulator = await startBare(t, { concurrency: 3 });
  const polls: Promise<RawReply>[] = [];
  for (let count = 1; count <= 3; count += 1) {
    polls.push(next(emulator));
    await emulator.waitForPoll({ count });
  }

  const results = ['a', 'b', 'c'].map((id) => emulator.invoke({ id }, { requestId: id }));

  const events = await Promise.all(polls);
  assert.deepEqual(events.map(idOf), ['a', 'b', 'c']);
  assert.deepEqual(
    events.map(({ text }) => JSON.parse(text)),
    [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
  );
  for (const id of ['c', 'a', 'b']) {
    const reply = await post(emulator, answerPath(id), { body: JSON.stringify({ for: id }) });
    assert.deepEqual([reply.status, reply.text], [202, '{"status":"OK"}\n']);
  }
  const payloads = (await Promise.all(results)).map(({ payload }) => payload);
  assert.deepEqual(payloads, [{ for: 'a' }, { for: 'b' }, { for: 'c' }]);
  assert.deepEqual(emulator.peakLoad, { parked: 3, running: 3, both: 3 });
});

test('an event for which no poll waits is refused at once', async (t) => {
  const emulator = await startBare(t, { concurrency: 1 });
  const poll = next(emulator);
  await emulator.waitForPoll();
  const running = emulator.invoke({}, { requestId: 'running' });
  await poll;

  const refused = await emulator.invoke();
  const byHttp = await fetch(`${emulator.url}/2015-03-31/functions/function/invocations`, {
    method: 'POST',
    body: '{}',
  });

  assert.deepEqual(
    [refused.statusCode, refused.errorType, refused.functionError],
    [400, 'Runtime.Unavailable', undefined],
  );
  assert.equal((refused.payload as { message: string }).message, 'no idle runtimes');
  assert.equal(byHttp.status, 400);
  assert.equal(byHttp.headers.get('x-amzn-errortype'), 'Runtime.Unavailable');
  await post(emulator, answerPath('running'), { body: '1' });
  assert.equal((await running).payload, 1);
});

test('an id that is in flight cannot be invoked again, afterwards it can', async (t) => {
  const emulator = await startBare(t, { concurrency: 2 });
  const polls = [next(emulator), next(emulator)];
  await emulator.waitForPoll({ count: 2 });
  const first = emulator.invoke({ attempt: 1 }, { requestId: 'id' });

  const second = await emulator.invoke({ attempt: 2 }, { requestId: 'id' });

  assert.deepEqual([second.statusCode, second.errorType], [400, 'Client.DuplicatedInvokeId']);
  assert.equal(emulator.parkedCount, 1);
  await post(emulator, answerPath('id'), { body: '1' });
  assert.equal((await first).payload, 1);
  const third = emulator.invoke({ attempt: 3 }, { requestId: 'id' });
  assert.equal((await polls[1])?.text, '{"attempt":3}');
  await post(emulator, answerPath('id'), { body: '3' });
  assert.equal((await third).payload, 3);
});

test('there is no order of calls: polls before, between and after answers', async (t) => {
  const emulator = await startBare(t, { concurrency: 4 });
  const polls = [next(emulator)];
  await emulator.waitForPoll();
  const a = emulator.invoke('a', { requestId: 'a' });
  await polls[0];
  polls.push(next(emulator));
  await emulator.waitForPoll();
  const b = emulator.invoke('b', { requestId: 'b' });
  await polls[1];
  const third = next(emulator);

  assert.equal((await post(emulator, answerPath('b', 'error'), { body: '{}' })).status, 202);
  assert.equal((await b).functionError, 'Unhandled');
  assert.equal((await post(emulator, answerPath('a'), { body: '"A"' })).status, 202);
  assert.equal((await a).payload, 'A');

  await emulator.waitForPoll();
  const c = emulator.invoke('c', { requestId: 'c' });
  assert.equal(idOf(await third), 'c');
  await post(emulator, answerPath('c'), { body: '"C"' });
  assert.equal((await c).payload, 'C');
});

test('thousands of answers out of order reach the callers they are for', async (t) => {
  const [lanes, total] = [16, 2000];
  const emulator = await startBare(t, { concurrency: lanes });
  const random = toRandom(7);
  const handedOut: string[] = [];
  const answered: string[] = [];
  const lane = async (agent: Agent): Promise<void> => {
    while (handedOut.length < total) {
      const event = await next(emulator, { agent });
      const id = idOf(event);
      handedOut.push(id);
      for (let turns = random(20); turns > 0; turns -= 1) await turn();
      const body = JSON.stringify({ id });
      const { status } = await post(emulator, answerPath(id), { agent, body });
      assert.equal(status, 202);
      answered.push(id);
    }
  };
  let sent = 0;
  const caller = async (): Promise<void> => {
    while (sent < total) {
      sent += 1;
      const requestId = `id-${sent}`;
      while (emulator.parkedCount === 0) await emulator.waitForPoll();
      const { payload } = await emulator.invoke({}, { requestId });
      assert.deepEqual(payload, { id: requestId });
    }
  };
  const runtime = Array.from({ length: lanes }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    return lane(agent);
  });
  // The last poll of most lanes gets no event; an error in any of them ends the test.
  const failed = Promise.all(runtime).then(() => new Promise<never>(() => {}));
  failed.catch(() => {});

  await Promise.race([failed, Promise.all(Array.from({ length: lanes }, caller))]);

  await until(() => answered.length === total);
  assert.equal(new Set(answered).size, total);
  assert.notDeepEqual(answered, handedOut);
  assert.equal(emulator.peakLoad.both, lanes);
});

/** The same numbers at every run. */
function toRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 0x7fffffff;
    return state % below;
  };
}
