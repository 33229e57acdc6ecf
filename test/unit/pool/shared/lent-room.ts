// Two threads without threads, and loans of the room that they have for two invocations each.
import type { SlotResult } from '../../../../src/core/ports.ts';
import { chooseShared } from '../../../../src/core/shared-placement.ts';
import type { Offer } from '../../../../src/pool/shared/offer-watch.ts';
import { Overruns } from '../../../../src/pool/shared/overruns.ts';
import { SharedLoan } from '../../../../src/pool/shared/shared-loan.ts';
import { SharedThread } from '../../../../src/pool/shared/shared-thread.ts';
import { PausedClock } from '../paused-clock.ts';
import { FakeSlot, invocationOf } from './fake-slot.ts';

const ROOM = 2;

export type Counts = {
  running: number;
  begun: number;
  returned: number;
  left: number;
  served: number;
};

export type Made = {
  readonly clock: PausedClock;
  readonly slots: readonly [FakeSlot, FakeSlot];
  readonly threads: readonly SharedThread[];
  readonly counts: Counts;
  readonly offers: Offer[];
  readonly lend: () => SharedLoan;
};

export function make(): Made {
  const clock = new PausedClock();
  const slots = [new FakeSlot(1), new FakeSlot(2)] as const;
  const threads = slots.map((slot) => new SharedThread(slot.whole));
  const counts = { running: 0, begun: 0, returned: 0, left: 0, served: 0 };
  const offers: Offer[] = [];
  const evidence = { clock, profileDir: undefined, onProblem: () => {} };
  const overruns = new Overruns({ clock, evidence, onLeaving: () => {} });
  const lend = (): SharedLoan =>
    new SharedLoan({
      clock,
      evidence,
      overruns,
      choose: () => chooseShared(threads, { room: ROOM, width: 2 }),
      chooseBeside: (thread) => chooseShared(threads, { room: ROOM, width: 2, beside: thread }),
      onLate: (thread) => {
        thread.isLate = true;
      },
      onOffered: (offer) => void offers.push(offer),
      onBegun: () => {
        counts.begun += 1;
        counts.running += 1;
      },
      onOver: () => {
        counts.running -= 1;
      },
      onLeft: (_, hasServed) => {
        counts.left += 1;
        if (hasServed) counts.served += 1;
      },
      onReturned: () => {
        counts.returned += 1;
      },
    });
  return { clock, slots, threads, counts, offers, lend };
}

export type Invoked = { readonly loan: SharedLoan; readonly results: SlotResult[] };

export function invoke({ lend }: Made, requestId = 'r', event = ''): Invoked {
  const loan = lend();
  const results: SlotResult[] = [];
  void loan
    .invoke(invocationOf(requestId, event), undefined, () => undefined)
    .then((result) => results.push(result));
  return { loan, results };
}
