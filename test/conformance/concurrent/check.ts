// What several concurrent scenarios ask of a function.
import assert from 'node:assert/strict';

import { type Held, isRefused, type SharedCaller, type SharedReply } from './host.ts';

/** What the handler tells of itself, before and behind the gate. */
export type Facts = {
  readonly pid: number;
  readonly threadId: number;
  readonly label: string;
  readonly requestId: string;
  readonly storeRequestId: string;
  readonly traceId: string | null;
  readonly storeTraceId: string | null;
  readonly own: string | null;
  readonly envTraceId: string | null;
  readonly remainingMs: number;
};

export type BothFacts = { readonly before: Facts; readonly after: Facts };

const APART_MS = 1000;

type Failure = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
};

/** A success, whose answer is of the invocation that was asked. */
export function toFacts(reply: SharedReply, output: { readonly text: string }): BothFacts {
  assert.equal(reply.errorType, undefined, `${reply.text}\n${output.text}`);
  assert.equal(reply.status, 200, reply.text);
  const facts = JSON.parse(reply.text) as BothFacts;
  assert.equal(facts.before.requestId, reply.requestId);
  assert.equal(facts.after.requestId, reply.requestId);
  return facts;
}

export function toFailure(reply: SharedReply): Failure {
  assert.notEqual(reply.errorType, undefined, `no failure: ${reply.text}`);
  assert.equal(reply.status, 200, reply.text);
  return JSON.parse(reply.text) as Failure;
}

/** Exactly N events are at once, and the process is the one that it was; resolves with its id. */
export async function checkCapacity(caller: SharedCaller, pid?: number): Promise<number> {
  const { concurrency } = caller.options;
  const held = await caller.fill(concurrency);
  const refused = await caller.send({});

  assert.ok(isRefused(refused), `one more than ${concurrency} was taken: ${refused.text}`);
  const waiting = caller.gate.waiting.map(({ requestId }) => requestId).sort();
  assert.deepEqual(waiting, held.map(({ requestId }) => requestId).sort());
  const pids = new Set((await releaseWell(caller, held)).map(({ after }) => after.pid));
  assert.equal(pids.size, 1);
  const [only = 0] = pids;
  assert.equal(only, pid ?? only, `the process is another one:\n${caller.output.text}`);
  return only;
}

/** Each gets its own answer. */
export async function releaseWell(
  caller: SharedCaller,
  held: readonly Held[],
): Promise<readonly BothFacts[]> {
  const replies = await caller.release(held);
  return replies.map((reply) => toFacts(reply, caller.output));
}

type HeldOnBoth = {
  readonly culprit: Held;
  readonly beside: readonly Held[];
  readonly elsewhere: readonly Held[];
};

export type ThreadFault = {
  readonly way: string;
  readonly errorType: string;
  readonly errorMessage: RegExp;
  readonly trace?: RegExp;
};

/** Those that come now have a deadline well behind that of those that are there. */
export function passTime(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, APART_MS));
}

/**
 * Two threads are full, and one event damages its thread: it fails as it should, those beside it
 * are told by whom they were hurt, the other thread's go on, and then everything is as before.
 */
export async function checkThreadFault(caller: SharedCaller, fault: ThreadFault): Promise<void> {
  const pid = await checkCapacity(caller);
  const { culprit, beside, elsewhere } = await holdOnBoth(caller, fault.way === 'spins');
  caller.gate.letGo(culprit.requestId, fault.way);
  const failure = toFailure(await culprit.reply);
  const hurt = (await Promise.all(beside.map(({ reply }) => reply))).map(toFailure);

  assert.equal(failure.errorType, fault.errorType, failure.errorMessage);
  assert.match(failure.errorMessage, fault.errorMessage);
  if (fault.trace !== undefined) assert.match((failure.trace ?? []).join('\n'), fault.trace);
  for (const { errorType, errorMessage } of hurt) {
    assert.equal(errorType, 'Runtime.NeighbourFailed', errorMessage);
    assert.ok(errorMessage.includes(`because of invocation ${culprit.requestId} `), errorMessage);
  }
  assert.equal((await caller.gate.whenWaiting(elsewhere.length)).length, elsewhere.length);
  await releaseWell(caller, elsewhere);
  await checkCapacity(caller, pid);
}

/** Which thread gets how many is the runtime's choice: on a busy machine all of them may go to one,
 * while the other has not turned yet. */
async function holdOnBoth(caller: SharedCaller, isApart: boolean): Promise<HeldOnBoth> {
  for (;;) {
    const culprit = await caller.hold({});
    if (isApart) await passTime();
    const held = await caller.fill(caller.options.concurrency - 1);
    const isBeside = ({ threadId }: Held): boolean => threadId === culprit.threadId;
    const beside = held.filter(isBeside);
    const elsewhere = held.filter((one) => !isBeside(one));
    if (beside.length > 0 && elsewhere.length > 0) return { culprit, beside, elsewhere };
    await releaseWell(caller, [culprit, ...held]);
  }
}
