import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OFFER_MS } from '../../../../src/core/limits.ts';
import { type Offer, OfferWatch } from '../../../../src/pool/shared/offer-watch.ts';
import { PausedClock } from '../paused-clock.ts';

class FakeOffer implements Offer {
  isOver = false;
  offeredAtMs: number;
  moves = 0;
  /** When it was to be moved, counted from its beginning, ms. */
  readonly movedAtMs: number[] = [];
  readonly #clock: PausedClock;
  readonly #watch: OfferWatch;
  readonly #canMove: () => boolean;
  readonly #startMs: number;

  constructor(clock: PausedClock, watch: OfferWatch, canMove: () => boolean = () => true) {
    this.#clock = clock;
    this.#watch = watch;
    this.#canMove = canMove;
    this.offeredAtMs = this.#startMs = clock.nowMonotonicMs();
    watch.add(this);
  }

  move(): void {
    this.movedAtMs.push(this.#clock.nowMonotonicMs() - this.#startMs);
    if (!this.#canMove()) return;
    this.moves += 1;
    this.offeredAtMs = this.#clock.nowMonotonicMs();
    this.#watch.add(this);
  }
}

function makeWatch(): { readonly clock: PausedClock; readonly watch: OfferWatch } {
  const clock = new PausedClock();
  return { clock, watch: new OfferWatch(clock) };
}

test('what no thread takes is moved in time, and each move doubles the patience', () => {
  const { clock, watch } = makeWatch();
  const offer = new FakeOffer(clock, watch);
  clock.pass(OFFER_MS - 1);
  assert.deepEqual(offer.movedAtMs, []);
  for (let ms = 0; ms < 40 * OFFER_MS; ms += 1) clock.pass(1);
  // After 1, 2, 4, 8 and 16 times the patience.
  assert.deepEqual(
    offer.movedAtMs,
    [1, 3, 7, 15, 31].map((times) => times * OFFER_MS),
  );
});

test('what is taken is left alone, and nothing is waited for any more', () => {
  const { clock, watch } = makeWatch();
  const offer = new FakeOffer(clock, watch);
  offer.isOver = true;
  clock.pass(100 * OFFER_MS);
  assert.deepEqual(offer.movedAtMs, []);
  // The watch wakes up again for one that comes after a time of rest.
  const later = new FakeOffer(clock, watch);
  clock.pass(OFFER_MS);
  assert.deepEqual(later.movedAtMs, [OFFER_MS]);
});

test('what nobody else has room for is tried again, as long as it lies there', () => {
  const { clock, watch } = makeWatch();
  let hasRoom = false;
  const offer = new FakeOffer(clock, watch, () => hasRoom);
  clock.pass(3 * OFFER_MS);
  assert.equal(offer.moves, 0);
  assert.equal(offer.movedAtMs.length, 3);
  hasRoom = true;
  clock.pass(OFFER_MS);
  assert.equal(offer.moves, 1);
});

test('each offer has its own time', () => {
  const { clock, watch } = makeWatch();
  const first = new FakeOffer(clock, watch);
  clock.pass(OFFER_MS - 1);
  const second = new FakeOffer(clock, watch);
  clock.pass(1);
  assert.deepEqual([first.movedAtMs, second.movedAtMs], [[OFFER_MS], []]);
  clock.pass(OFFER_MS);
  assert.deepEqual([first.moves, second.moves], [1, 1]);
});

test('a watch that has stopped moves nothing', () => {
  const { clock, watch } = makeWatch();
  const offer = new FakeOffer(clock, watch);
  watch.stop();
  clock.pass(100 * OFFER_MS);
  assert.deepEqual(offer.movedAtMs, []);
});

test('a freeze of the process is no time that a thread has had', () => {
  const { clock, watch } = makeWatch();
  const offer = new FakeOffer(clock, watch);
  clock.freeze(3_600_000);
  assert.deepEqual(offer.movedAtMs, []);
});
