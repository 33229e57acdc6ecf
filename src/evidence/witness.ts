// Says where the handler of one invocation is. Loaded, and made, when that invocation has come near
// to its deadline; a thread that is on time is never looked at (docs/adr/0008-evidence.md).
import type { Worker } from 'node:worker_threads';
import type { RawStack } from '../core/captured-stack.ts';
import type { Evidence, EvidenceReport } from '../core/evidence.ts';
import type { PendingResource } from '../core/thread-protocol.ts';
import { childrenOfThread } from '../os/child-processes.ts';
import { threadState } from '../os/thread-state.ts';
import { CpuProfile } from './cpu-profile.ts';
import { Look, type Sight } from './look.ts';
import { loadMaps, splitSuspended, stackLines } from './stack-texts.ts';
import { ThreadSession } from './thread-session.ts';
import { after } from './time-limit.ts';

export type WitnessOptions = {
  readonly worker: Worker;
  /** Number of the thread in the operating system. */
  readonly osThreadId: number | undefined;
  /** What the thread waits for, and where, if that is found in time; answered only while its loop
   * turns. */
  readonly askPending: (searchMs: number) => Promise<readonly PendingResource[]>;
  readonly requestId: string;
  /** Since when the thread may have started child processes that it waits for, Unix time in ms. */
  readonly childrenSinceEpochMs: number;
  /** An existing folder for CPU profiles; undefined: none is taken. */
  readonly profileDir: string | undefined;
  /** What went wrong beside the evidence, e.g. that the profile could not be written. */
  readonly onProblem: (text: string) => void;
};

/** Of the budget, for what comes after the thread's answer, ms. */
const RESERVE_MS = 5;
/** How long a thread that waits may look for the place where, ms: at the soft deadline, and at most
 * this share of the time at the end. Found at once when the machine is idle. */
const SEARCH_MS = 60;
const SEARCH_SHARE = 0.6;
/** The largest source map, and generated file, to be read: before the deadline, and per
 * millisecond that is left at it (measured: 70 kB on a busy machine). */
const MAP_BYTES_MAX = 16_000_000;
const MAP_BYTES_PER_MS = 40_000;

export class Witness {
  readonly #options: WitnessOptions;
  readonly #profile: CpuProfile | undefined;
  #session: ThreadSession | undefined;
  #look: Look | undefined;
  /** The first sight, and when that was. */
  #seen: { readonly sight: Sight; readonly atMs: number } | undefined;
  #isDisposed = false;

  constructor(options: WitnessOptions) {
    const { worker, requestId, profileDir, onProblem } = options;
    this.#options = options;
    if (profileDir === undefined) return;
    this.#profile = new CpuProfile({ worker, requestId, folder: profileDir, onProblem });
  }

  /** At the soft deadline: looks once, and reads ahead what the answer may need. */
  prepare(): void {
    if (this.#isDisposed) return;
    this.#profile?.begin();
    this.#beginLook(SEARCH_MS, (sight) => {
      this.#seen = { sight, atMs: performance.now() };
      for (const stack of stacksOf(sight)) loadMaps(stack, MAP_BYTES_MAX);
    });
  }

  /** At the watchdog's time. Resolves within about `budgetMs`, never rejects. */
  async collect(budgetMs: number): Promise<EvidenceReport> {
    const untilMs = performance.now() + budgetMs - RESERVE_MS;
    const ending = this.#profile?.end(budgetMs - RESERVE_MS);
    let evidence: Evidence;
    try {
      const sight = await this.#sightUntil(untilMs);
      const leftMs = Math.max(0, untilMs - performance.now());
      const stacks = sight === undefined ? [] : stacksOf(sight);
      for (const stack of stacks) loadMaps(stack, leftMs * MAP_BYTES_PER_MS);
      evidence = sight === undefined ? this.#withoutSight() : this.#toEvidence(sight);
    } catch (error) {
      evidence = { kind: 'none', reason: `looking for it failed: ${String(error)}` };
    }
    return { evidence, profilePath: await ending };
  }

  /** Synchronous; afterwards the thread ends at once when it is told to, or runs at full speed. */
  dispose(): void {
    this.#isDisposed = true;
    this.#look?.end();
    this.#session?.dispose();
    this.#session = undefined;
    this.#profile?.discard();
  }

  #sightUntil(untilMs: number): Promise<Sight | undefined> {
    return new Promise((resolve) => {
      const cancel = after(untilMs - performance.now(), () => resolve(undefined));
      const searchMs = (untilMs - performance.now()) * SEARCH_SHARE;
      this.#beginLook(Math.min(searchMs, SEARCH_MS), (sight) => {
        cancel();
        resolve(sight);
      });
    });
  }

  #beginLook(searchMs: number, onSight: (sight: Sight) => void): void {
    this.#look?.end();
    const askPending = () => this.#options.askPending(searchMs);
    this.#look = new Look({ session: this.#openSession(), askPending, onSight });
  }

  #openSession(): ThreadSession | undefined {
    try {
      this.#session ??= new ThreadSession(this.#options.worker.threadId);
    } catch (error) {
      this.#options.onProblem(`Cannot look into a thread: ${String(error)}`);
    }
    return this.#session;
  }

  #toEvidence(sight: Sight): Evidence {
    if (sight.kind === 'busy') {
      return { kind: 'busy', frames: stackLines(sight.stack), ageMs: 0 };
    }
    const { others } = splitSuspended(sight.resources);
    const [now] = stacksOf(sight);
    // The search in the thread is short; what it found before will most often still be so.
    const earlier =
      this.#seen?.sight.kind === 'waiting' ? stacksOf(this.#seen.sight)[0] : undefined;
    const stack = now ?? earlier;
    const frames = stack === undefined ? [] : stackLines(stack);
    return { kind: 'waiting', resources: others, frames };
  }

  /** The thread has not said what it does: by what else is known. */
  #withoutSight(): Evidence {
    const blank = this.#look?.blankStack;
    if (blank === undefined) return this.#withoutAnswer();
    const seen = this.#seen;
    if (seen?.sight.kind === 'busy') {
      const ageMs = performance.now() - seen.atMs;
      return { kind: 'busy', frames: stackLines(seen.sight.stack), ageMs };
    }
    if (seen !== undefined) return this.#toEvidence(seen.sight);
    const frames = stackLines(blank);
    if (frames.length > 0) return { kind: 'busy', frames, ageMs: 0 };
    return { kind: 'none', reason: 'its thread did not say in time what it waits for' };
  }

  #withoutAnswer(): Evidence {
    const { osThreadId, childrenSinceEpochMs } = this.#options;
    if (this.#session === undefined) {
      return { kind: 'none', reason: 'its thread is busy, and this Node has no inspector' };
    }
    if (!this.#session.isAttached) return { kind: 'none', reason: 'its thread has ended' };
    const children = childrenOfThread(osThreadId, childrenSinceEpochMs);
    return {
      kind: 'native',
      state: threadState(osThreadId),
      children: children.map(({ pid, command }) => `${command} (pid ${pid})`),
      lastSeen: this.#lastSeen(),
    };
  }

  #lastSeen(): Extract<Evidence, { kind: 'native' }>['lastSeen'] {
    const [stack] = this.#seen === undefined ? [] : stacksOf(this.#seen.sight);
    if (this.#seen === undefined || stack === undefined) return undefined;
    return { frames: stackLines(stack), ageMs: performance.now() - this.#seen.atMs };
  }
}

/** Of the running code, or of the functions that are suspended: those of the invocation first. */
function stacksOf(sight: Sight): readonly RawStack[] {
  return sight.kind === 'busy' ? [sight.stack] : splitSuspended(sight.resources).suspended;
}
