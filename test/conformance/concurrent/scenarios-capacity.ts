// How many events run at once, and whose answer is whose.
import assert from 'node:assert/strict';

import { checkCapacity, releaseWell } from './check.ts';
import type { SharedCaller } from './host.ts';
import type { SharedScenario } from './scenario.ts';

const EVENTS = 300;
const AT_ONCE = 10;
const WAIT_MS_MAX = 40;

type Waited = { readonly label: string; readonly requestId: string; readonly pid: number };

export const capacity: readonly SharedScenario[] = [
  ...[
    { concurrency: 1, threadCount: null },
    { concurrency: 10, threadCount: 2 },
    { concurrency: 64, threadCount: null },
  ].map(
    ({ concurrency, threadCount }): SharedScenario => ({
      name: `with N = ${concurrency}, N events run at once, and one more is refused until one ends`,
      concurrency,
      threadCount,
      run: checkPlaces,
    }),
  ),
  {
    name: `${EVENTS} answers that come in any order go each to its own caller`,
    handler: 'waits',
    concurrency: AT_ONCE,
    run: checkOrder,
  },
  {
    name: 'an id that is in use is refused, and its owner is left alone',
    concurrency: 4,
    run: checkDuplicate,
  },
];

async function checkPlaces(caller: SharedCaller): Promise<void> {
  const { concurrency } = caller.options;
  const pid = await checkCapacity(caller);
  // One place that was given back is one place, not more.
  const [first, ...rest] = await caller.fill(concurrency);
  assert.ok(first !== undefined);
  await releaseWell(caller, [first]);
  const next = await caller.hold({});

  assert.equal((await caller.send({})).errorType, 'Runtime.Unavailable');
  await releaseWell(caller, [...rest, next]);
  await checkCapacity(caller, pid);
}

async function checkOrder(caller: SharedCaller): Promise<void> {
  const begun: string[] = [];
  const ended: string[] = [];
  const pids = new Set<number>();
  let number = 0;
  const callOneByOne = async (): Promise<void> => {
    while (number < EVENTS) {
      number += 1;
      const label = `event ${number}`;
      begun.push(label);
      const ms = Math.floor(Math.random() * WAIT_MS_MAX);
      const { requestId, text } = await caller.invoke({ label, ms });
      ended.push(label);
      const waited = JSON.parse(text) as Waited;

      assert.deepEqual([waited.label, waited.requestId], [label, requestId], text);
      pids.add(waited.pid);
    }
  };

  await Promise.all(Array.from({ length: AT_ONCE }, callOneByOne));

  assert.equal(ended.length, EVENTS);
  assert.notDeepEqual(ended, begun, 'the answers came in the order of the events');
  assert.equal(pids.size, 1);
}

async function checkDuplicate(caller: SharedCaller): Promise<void> {
  const pid = await checkCapacity(caller);
  const owner = await caller.hold({ label: 'owner' }, { requestId: 'the-same' });
  const other = await caller.hold({ label: 'other' });

  const refused = await caller.invoke({ label: 'second' }, { requestId: 'the-same' });

  assert.deepEqual([refused.status, refused.errorType], [400, 'Client.DuplicatedInvokeId']);
  const [first] = await releaseWell(caller, [owner, other]);
  assert.equal(first?.after.label, 'owner');
  // Free again.
  const again = await caller.hold({ label: 'again' }, { requestId: 'the-same' });
  const [answer] = await releaseWell(caller, [again]);
  assert.equal(answer?.after.label, 'again');
  await checkCapacity(caller, pid);
}
