import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../../../../src/core/evidence.ts';
import { type Claim, SharedThread } from '../../../../src/pool/shared/shared-thread.ts';
import { asShared, holderOf, type Sight, sightOf } from '../../../../src/pool/shared/sight.ts';
import { FakeSlot, invocationOf } from './fake-slot.ts';

const busy = (owner?: number): Evidence => ({ kind: 'busy', frames: ['spin'], ageMs: 0, owner });
const NATIVE: Evidence = { kind: 'native', state: undefined, children: [], lastSeen: undefined };
const WAITING: Evidence = { kind: 'waiting', resources: [], frames: [] };
const HELD: Evidence = { kind: 'held', by: undefined, inside: NATIVE };
const NONE: Evidence = { kind: 'none', reason: '' };

type Made = {
  readonly slot: FakeSlot;
  readonly thread: SharedThread;
  readonly claims: readonly Claim[];
};

/** A thread with two invocations, r-1 and r-2. */
function make(): Made {
  const slot = new FakeSlot();
  const thread = new SharedThread(slot.whole);
  const claims = ['r-1', 'r-2'].map((requestId) => {
    const claim = thread.offer();
    void slot.invoke(invocationOf(requestId), undefined, undefined, claim);
    return claim;
  });
  return { slot, thread, claims };
}

/** `entered`: whose first part runs; `load`: neighbours that somebody waits for. */
type Row = readonly [what: string, sight: Sight, evidence: Evidence | undefined, rest: Rest];
type Rest = { readonly entered?: number; readonly load?: number };

const ROWS: readonly Row[] = [
  ['nobody has looked', 'unknown', undefined, {}],
  ['its loop turns', 'turning', WAITING, { load: 0 }],
  ['it computes itself', 'own', busy(1), {}],
  ['another one computes', 'unknown', busy(2), { load: 0 }],
  ['another one was seen to hold it', 'held', HELD, {}],
  ['somebody computes', 'unknown', busy(), {}],
  ['somebody computes, and nobody else is there', 'own', busy(), { load: 0 }],
  ['a native call in its own first part', 'own', NATIVE, { entered: 1 }],
  ['a native call in the first part of another', 'unknown', NATIVE, { entered: 2, load: 0 }],
  ['a native call of somebody', 'unknown', NATIVE, {}],
  ['a native call, and nobody else is there', 'own', NATIVE, { load: 0 }],
  ['nothing is known', 'unknown', NONE, { load: 0 }],
];

for (const [what, sight, evidence, { entered, load = 1 }] of ROWS) {
  test(`what a look at a shared thread means: ${what}`, () => {
    const { slot, thread } = make();
    if (entered !== undefined) slot.enter(entered);
    thread.load = load;
    assert.equal(sightOf(evidence, thread, 1), sight);
  });
}

test('the holder is whose code runs, or whose first part is in a native call', () => {
  const { slot, thread } = make();
  slot.enter(2);
  assert.equal(holderOf(busy(1), thread), 1);
  assert.equal(holderOf(busy(), thread), undefined, 'its first part may have been left');
  assert.equal(holderOf(NATIVE, thread), 2);
  assert.equal(holderOf(WAITING, thread), undefined);
});

test('code of another one is told as what has held the thread, with its id', () => {
  const { claims } = make();
  const [first] = claims;
  assert.ok(first !== undefined);
  const report = { evidence: busy(2), profilePath: '/tmp/p' };
  assert.deepEqual(asShared(report, first), {
    evidence: { kind: 'held', by: 'r-2', inside: busy(2) },
    profilePath: '/tmp/p',
  });
  const gone = { evidence: busy(9), profilePath: undefined };
  const { evidence } = asShared(gone, first);
  assert.ok(evidence.kind === 'held');
  assert.equal(evidence.by, undefined, 'it is over, and its work goes on');
});

test('its own code, or nobody knows whose, is told as it is', () => {
  const { claims } = make();
  const [first] = claims;
  assert.ok(first !== undefined);
  for (const evidence of [busy(1), busy(), NATIVE, WAITING, NONE]) {
    const report = { evidence, profilePath: undefined };
    assert.deepEqual(asShared(report, first), report);
  }
});
