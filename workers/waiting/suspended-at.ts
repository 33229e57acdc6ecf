// Where async functions of this thread are suspended: the place of each `await`, from the innermost
// outwards. V8 keeps no list of them, but whoever settles a promise leads to those who wait for it:
// V8 itself follows that way when it words the stack of an error in a promise's reaction, and it is
// made to do so here for promises that nothing has settled (docs/adr/0008-evidence.md).
import { types } from 'node:util';
import { captureStack, type RawFrame } from '../../src/core/captured-stack.ts';
import { nowMs } from '../thread-clock.ts';
import { ObjectWalk, type Settler } from './object-walk.ts';
import type { ThreadInspector } from './thread-inspector.ts';

// Taken before user code can replace them.
const { Promise: NodePromise } = globalThis;
const then = Function.prototype.call.bind(Promise.prototype.then) as (
  promise: Promise<unknown>,
  onResolved: unknown,
) => Promise<unknown>;

/** The awaits that follow from one another, innermost first. */
export type Suspended = readonly RawFrame[];

/** More are not searched from. */
const TARGETS_MAX = 8;

/**
 * The chains of suspended functions that wait for one of the targets: a timer, a socket, a request.
 * Each is given by objects that lead to who waits for it, the nearest first, and its search ends
 * with the first that does. `isWanted` tells of a chain whether it is worth telling.
 */
export async function findSuspended(
  targets: readonly (readonly object[])[],
  inspector: ThreadInspector,
  isWanted: (chain: Suspended) => boolean,
  untilMs: number,
): Promise<readonly Suspended[]> {
  const seen = ObjectWalk.newSeen();
  let searches = targets
    .slice(0, TARGETS_MAX)
    .map((roots) => search(roots, (root) => new ObjectWalk(root, seen, inspector), isWanted));
  const chains: Suspended[] = [];
  // They take turns: one that leads nowhere does not use up the time of all.
  while (searches.length > 0) {
    const unfinished: typeof searches = [];
    for (const one of searches) {
      if (nowMs() > untilMs) return chains;
      const { value, done } = await one.next();
      if (done === true) chains.push(...value);
      else unfinished.push(one);
    }
    searches = unfinished;
  }
  return chains;
}

/** Yields after each step of a millisecond or so. */
async function* search(
  roots: readonly object[],
  toWalk: (root: object) => ObjectWalk,
  isWanted: (chain: Suspended) => boolean,
): AsyncGenerator<undefined, readonly Suspended[]> {
  for (const root of roots) {
    const walk = toWalk(root);
    for (let settlers = walk.step(); settlers !== undefined; settlers = walk.step()) {
      const chains: Suspended[] = [];
      for (const settler of settlers) {
        const chain = await waitersOf(settler);
        if (isWanted(chain)) chains.push(chain);
      }
      if (chains.length > 0) return chains;
      yield;
    }
  }
  return [];
}

/** Nothing is settled by it, and nothing of the user's runs. */
function waitersOf(settler: Settler): Promise<Suspended> {
  return new NodePromise((resolve) => {
    // A reaction takes its own stack, while what it reacts to is chained to the settler. It ends
    // with a promise that never settles, so the settler is never called.
    const probe = then(NodePromise.resolve(), () => {
      const frames = captureStack()?.frames ?? [];
      resolve(frames.filter(({ isAsync }) => isAsync));
      return new NodePromise(() => {});
    });
    if (!types.isPromise(settler)) {
      void then(probe, settler);
      return;
    }
    // A promise is chained as the derived promise of a reaction.
    function derive(executor: (resolve: () => void, reject: () => void) => void): Settler {
      executor(ignore, ignore);
      return settler;
    }
    Object.defineProperty(probe, 'constructor', { value: { [Symbol.species]: derive } });
    void then(probe, ignore);
  });
}

function ignore(): void {}
