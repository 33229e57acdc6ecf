// Managed Instances: an invocation that ends its thread costs itself and those beside it on that
// thread an error, and nobody else anything.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type Held,
  ManagedFunction,
  type Step,
  type ToldError,
  toError,
  toTold,
} from '../../support/managed-function.ts';

const LANES = 8;
/** The acceptance's bound, ms: from a loss until as many events are taken as before. */
const CAPACITY_MS_MAX = 1000;
/** From the first answer to the last of those that one crash has caused, ms; on a busy machine. */
const AT_ONCE_MS_MAX = 1000;

type Row = {
  readonly way: string;
  /** Of the answer to the culprit; the stack's first frame says where it was. */
  readonly type: string;
  readonly message: RegExp;
  readonly trace: RegExp;
  readonly memoryMb?: number;
  readonly before?: readonly Step[];
};

const ROWS: readonly Row[] = [
  {
    way: 'throwInTimer',
    type: 'RangeError',
    message: /^SECRET of the timer$/,
    trace: /throwsInTimer .*neighbours\.mjs:\d+/,
  },
  {
    way: 'rejectUnheard',
    type: 'Runtime.UnhandledPromiseRejection',
    message: /^RangeError: SECRET of the rejection$/,
    trace: /rejectsUnheard .*neighbours\.mjs:\d+/,
  },
  {
    way: 'exit',
    type: 'Runtime.ExitError',
    message: /^RequestId: culprit Error: Runtime exited with error: exit status 7$/,
    trace: /exit .*neighbours\.mjs:\d+/,
  },
];

for (const row of ROWS) {
  test(`${row.way}: neighbours are told whose fault it was, the other thread is unharmed`, (t) =>
    checkCrash(t, row));
}

test('a full heap: all on that thread are told, the other thread is unharmed', async (context) => {
  const crowd = await gather(context, [['fillHeap']], { memoryMb: 256 });
  const { culprit, neighbours } = await lose(crowd);

  // A thread that is full cannot say who has filled it.
  for (const { errorType, errorMessage } of [culprit, ...neighbours]) {
    assert.equal(errorType, 'Runtime.OutOfMemory');
    assert.match(errorMessage, /^JavaScript heap out of memory: the handler used up all of its/);
  }
});

async function checkCrash(context: TestContext, row: Row): Promise<void> {
  const { way, type, message, trace } = row;
  const crowd = await gather(context, [[way]]);
  const { culprit, neighbours } = await lose(crowd);

  assert.equal(culprit.errorType, type);
  assert.match(culprit.errorMessage, message);
  assert.match(culprit.trace.join('\n'), trace);
  for (const [index, told] of neighbours.entries()) {
    assert.equal(told.errorType, 'Runtime.NeighbourFailed');
    const id = crowd.near[index]?.name;
    const says = `RequestId: ${id} Error: Stopped because of invocation culprit on the `;
    assert.ok(told.errorMessage.startsWith(says), told.errorMessage);
    // Of the culprit it has the id: what it said may be another customer's.
    assert.doesNotMatch(JSON.stringify(told), /SECRET|neighbours\.mjs/);
  }
}

type Crowd = {
  readonly context: TestContext;
  readonly managed: ManagedFunction;
  readonly culprit: Held;
  readonly near: readonly Held[];
  readonly far: readonly Held[];
  readonly pid: number;
};

/** Two threads, both with others; on a busy machine no thread is sure to get the next event. */
async function gather(
  context: TestContext,
  steps: readonly Step[],
  options: { readonly memoryMb?: number } = {},
): Promise<Crowd> {
  const managed = await ManagedFunction.start(context, {
    concurrency: LANES,
    threads: 2,
    ...options,
  });
  const { pid } = toTold(await managed.run([]));
  await managed.emulator.waitForPoll({ count: LANES });
  const culprit = await managed.hold('culprit', steps);
  const far: Held[] = [];
  const near: Held[] = [];
  for (let nth = 0; near.length === 0 || far.length === 0; nth += 1) {
    assert.ok(nth < LANES - 1, `${near.length} are beside the culprit, ${far.length} are not`);
    const held = await managed.hold(`one-${nth}`);
    (held.threadId === culprit.threadId ? near : far).push(held);
  }
  return { context, managed, culprit, near, far, pid };
}

async function lose(crowd: Crowd): Promise<{
  readonly culprit: ToldError;
  readonly neighbours: readonly ToldError[];
}> {
  const { context, managed, culprit, near, far, pid } = crowd;
  const { emulator } = managed;
  culprit.go();
  const [own, ...neighbours] = await Promise.all(
    [culprit, ...near].map(async ({ result }) => toError(await result)),
  );
  assert(own !== undefined);
  // All but those that still run are parked again.
  await emulator.waitForPoll({ count: LANES - far.length });
  const parkedAtMs = Date.now();
  const replacement = await managed.hold('new');
  for (const { go } of [...far, replacement]) go();
  for (const { result, threadId } of [...far, replacement]) {
    assert.equal(toTold(await result).threadId, threadId);
  }
  await emulator.waitForPoll({ count: LANES });

  assert.notEqual(replacement.threadId, culprit.threadId);
  managed.checkProcess(pid);
  for (const { name } of [culprit, ...near]) assert.deepEqual(managed.answers(name), ['error 202']);
  for (const { name } of far) assert.deepEqual(managed.answers(name), ['response 202']);
  assert.ok(emulator.peakLoad.both <= LANES);
  const answeredAt = [culprit, ...near].map(({ name }) => managed.answeredAt(name));
  const lostAtMs = Math.min(...answeredAt);
  const capacityMs = parkedAtMs - lostAtMs;
  const lastMs = Math.max(...answeredAt) - lostAtMs;
  context.diagnostic(`answered within ${lastMs} ms, capacity back after ${capacityMs} ms`);
  assert.ok(lastMs <= AT_ONCE_MS_MAX, `${lastMs} ms between the first answer and the last`);
  assert.ok(capacityMs <= CAPACITY_MS_MAX, `${capacityMs} ms until all polls were parked again`);
  return { culprit: own, neighbours };
}
