// The worker's part of a snapshot (SnapStart, docs/adr/0015-snapstart.md): runs the hooks of user
// code, and gives the thread randomness of its own in each environment that is restored.
import type { HookMoment } from '../../src/core/thread-protocol.ts';
import type { SnapshotHooks } from '../globals/snapshot-hooks.ts';
import { type Ending, failInVain, type RunUserCode } from '../nothing-pending.ts';
import { type FreshRandom, installFreshRandom } from './fresh-random.ts';

export type SnapStartOptions = {
  readonly hooks: Pick<SnapshotHooks, 'of'>;
  readonly runUserCode: RunUserCode;
  /** The environment has been restored before this thread was started. */
  readonly isRestored: boolean;
};

export class SnapStart {
  readonly #options: SnapStartOptions;
  readonly #random: FreshRandom;

  /** To be made before user code is there, which may keep what it finds. */
  constructor(options: SnapStartOptions) {
    this.#options = options;
    this.#random = installFreshRandom();
    // A new thread takes its seed from the process, which is a copy.
    if (options.isRestored) this.#random.reseed();
  }

  /** One hook after the other; the first that fails is the last. @throws what it has thrown. */
  async run(moment: HookMoment): Promise<void> {
    if (moment === 'afterRestore') this.#random.reseed();
    await this.#options.runUserCode<void>(
      (ending) => void this.#runAll(moment, ending),
      () => failInVain('hook'),
    );
  }

  async #runAll(moment: HookMoment, { resolve, reject }: Ending<void>): Promise<void> {
    try {
      for (const hook of this.#options.hooks.of(moment)) await hook();
      resolve();
    } catch (error) {
      reject(error);
    }
  }
}
