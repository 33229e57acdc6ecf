// BULKHEAD_RETRY_NEIGHBOURS=1: an invocation that another one has hurt runs once more, unless its
// caller has got some of its answer already.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Held, ManagedFunction, toError, toTold } from '../../support/managed-function.ts';

const RETRY = { BULKHEAD_RETRY_NEIGHBOURS: '1' } as const;

test('neighbours of a crash run twice, and their callers get the result', async (context) => {
  const managed = await ManagedFunction.start(context, { concurrency: 4, threads: 1, env: RETRY });
  const { gate } = managed;
  const culprit = await managed.hold('culprit', [['throwInTimer']]);
  const neighbours: Held[] = [];
  for (const name of ['a', 'b', 'c']) neighbours.push(await managed.hold(name));

  culprit.go();
  const { errorMessage } = toError(await culprit.result);
  for (const { name, threadId, go } of neighbours) {
    const again = await gate.arrived(name, 2);
    assert.notEqual(again.threadId, threadId);
    go();
  }
  for (const { name, result } of neighbours) {
    assert.equal(toTold(await result).requestId, name);
    assert.equal(gate.arrivals(name).length, 2);
    assert.deepEqual(managed.answers(name), ['response 202']);
  }

  assert.equal(errorMessage, 'SECRET of the timer');
  assert.equal(gate.arrivals('culprit').length, 1);
});

test('a second crash beside it is not borne: it has run twice, and is answered', async (context) => {
  const managed = await ManagedFunction.start(context, { concurrency: 3, threads: 1, env: RETRY });
  const { gate } = managed;
  const first = await managed.hold('first', [['throwInTimer']]);
  const neighbour = await managed.hold('neighbour');
  first.go();
  await gate.arrived('neighbour', 2);
  const second = await managed.hold('second', [['exit']]);
  second.go();

  const { errorType, errorMessage } = toError(await neighbour.result);
  assert.equal(errorType, 'Runtime.NeighbourFailed');
  assert.match(errorMessage, /because of invocation second on the same thread/);
  assert.equal(gate.arrivals('neighbour').length, 2);
  assert.deepEqual(managed.answers('neighbour'), ['error 202']);
});

test('who has streamed is not run again, who has not is', async (context) => {
  const managed = await ManagedFunction.start(context, {
    concurrency: 3,
    threads: 1,
    env: RETRY,
    handler: 'streaming',
  });
  const { emulator, gate } = managed;
  const culprit = await managed.hold('culprit', [['exit']]);
  const silent = await managed.hold('silent');
  const begun = emulator.invoke(
    { steps: [['gate', 'begun']], text: 'half' },
    { requestId: 'begun' },
  );
  await gate.arrived('begun');
  await context.waitFor(() => {
    const posted = emulator.exchanges.find((one) => /\/begun\/response$/.test(one.path));
    assert.equal(String(posted?.requestBody), 'half');
  });

  culprit.go();
  const torn = await begun;
  await gate.arrived('silent', 2);
  silent.go();
  const { functionError, payloadBytes } = await silent.result;

  assert.equal(functionError, undefined);
  assert.equal(Buffer.from(payloadBytes).toString(), 'the end');
  assert.equal(torn.functionError, 'Unhandled');
  assert.equal(torn.errorType, 'Runtime.NeighbourFailed');
  assert.deepEqual([gate.arrivals('begun').length, gate.arrivals('silent').length], [1, 2]);
  assert.deepEqual(managed.answers('begun'), ['response 202']);
});

test('without the setting nobody runs twice', async (context) => {
  const managed = await ManagedFunction.start(context, { concurrency: 2, threads: 1 });
  const culprit = await managed.hold('culprit', [['exit']]);
  const neighbour = await managed.hold('neighbour');
  culprit.go();

  assert.equal(toError(await neighbour.result).errorType, 'Runtime.NeighbourFailed');
  await managed.emulator.waitForPoll({ count: 2 });
  assert.equal(managed.gate.arrivals('neighbour').length, 1);
});
