// Says where the handler of one invocation is. Loaded, and made, when that invocation has come near
// to its deadline; a thread that is on time is never looked at (docs/adr/0008-evidence.md).
import type { Worker } from 'node:worker_threads';
import type { Evidence, EvidenceReport } from '../core/evidence.ts';
import type { PendingResource } from '../core/thread-protocol.ts';
import { CpuProfile } from './cpu-profile.ts';
import { runsOwnCode } from './frames.ts';
import { Look, type LookOptions, type Sight } from './look.ts';
import { LookBudget } from './look-budget.ts';
import { Silence } from './silence.ts';
import { otherResources, stackLines, suspendedStack } from './stack-texts.ts';
import { ThreadSession } from './thread-session.ts';
import { after } from './time-limit.ts';

export type WitnessOptions = {
  readonly worker: Worker;
  /** Number of the thread in the operating system. */
  readonly osThreadId: number | undefined;
  /** What the thread waits for, and where, if that is found in time; answered only while its loop
   * turns. `onEarly` gets what it can tell at once. */
  readonly askPending: (
    searchMs: number,
    onEarly: (resources: readonly PendingResource[]) => void,
  ) => Promise<readonly PendingResource[]>;
  readonly requestId: string;
  /** Of the invocation in its thread, where others run there as well; undefined: none do. */
  readonly number?: number | undefined;
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
const UNREADABLE: Evidence = {
  kind: 'none',
  reason: 'its thread runs JavaScript, but the program has made its stacks unreadable',
};
const LATE: Evidence = {
  kind: 'none',
  reason: 'its thread did not say in time what it waits for',
};
const STARVED: Evidence = {
  kind: 'none',
  reason: 'its thread got no processor while it was asked: the machine is busy',
};
/** What a look has shown. */
type Seen = Extract<Evidence, { kind: 'busy' | 'waiting' }>;

export class Witness {
  readonly #options: WitnessOptions;
  readonly #profile: CpuProfile | undefined;
  #session: ThreadSession | undefined;
  #look: Look | undefined;
  /** Since the last look. */
  #silence: Silence;
  /** By the first look, and when that was. */
  #seen: { readonly evidence: Seen; readonly atMs: number } | undefined;
  /** What the first look has shown, if that was not all. */
  #earlyResources: readonly PendingResource[] | undefined;
  #isDisposed = false;

  constructor(options: WitnessOptions) {
    const { worker, requestId, profileDir, onProblem } = options;
    this.#options = options;
    this.#silence = new Silence(options);
    if (profileDir === undefined) return;
    this.#profile = new CpuProfile({ worker, requestId, folder: profileDir, onProblem });
  }

  /**
   * At the soft deadline, `leftMs` before the watchdog's time: looks once, and reads what the
   * answer may need, so that it is at hand. No file is read that would not be by then.
   */
  prepare(leftMs: number): void {
    if (this.#isDisposed) return;
    const untilMs = performance.now() + leftMs;
    this.#profile?.begin();
    this.#beginLook(SEARCH_MS, (sight) => {
      const atMs = performance.now();
      try {
        this.#seen = { evidence: this.#toEvidence(sight, new LookBudget(untilMs)), atMs };
      } catch (error) {
        this.#options.onProblem(`Cannot keep what a thread has told: ${String(error)}`);
      }
    });
  }

  /** At the watchdog's time. Resolves within about `budgetMs`, never rejects. */
  async collect(budgetMs: number): Promise<EvidenceReport> {
    const untilMs = performance.now() + budgetMs - RESERVE_MS;
    const ending = this.#profile?.end(budgetMs - RESERVE_MS);
    let evidence: Evidence;
    try {
      const sight = await this.#sightUntil(untilMs);
      const budget = new LookBudget(untilMs);
      evidence = sight === undefined ? this.#withoutSight(budget) : this.#toEvidence(sight, budget);
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
    this.#earlyResources ??= this.#look?.earlyResources;
    const askPending: LookOptions['askPending'] = (onEarly) =>
      this.#options.askPending(searchMs, onEarly);
    const { number } = this.#options;
    this.#silence = new Silence(this.#options);
    this.#look = new Look({ session: this.#openSession(), askPending, number, onSight });
  }

  #openSession(): ThreadSession | undefined {
    try {
      this.#session ??= new ThreadSession(this.#options.worker.threadId);
    } catch (error) {
      this.#options.onProblem(`Cannot look into a thread: ${String(error)}`);
    }
    return this.#session;
  }

  #toEvidence(sight: Sight, budget: LookBudget): Seen {
    if (sight.kind === 'busy') {
      const { stack, owner } = sight;
      const busy = { kind: 'busy', frames: stackLines(stack, budget), ageMs: 0 } as const;
      return owner === undefined ? busy : { ...busy, owner };
    }
    const { resources } = sight;
    const stack = suspendedStack(resources);
    // The search in the thread is short; what it found before will most often still be so.
    const earlier = this.#seen?.evidence.kind === 'waiting' ? this.#seen.evidence.frames : [];
    const frames = stack === undefined ? earlier : stackLines(stack, budget);
    return { kind: 'waiting', resources: otherResources(resources, budget), frames };
  }

  /** The thread has not said what it does: by what else is known. */
  #withoutSight(budget: LookBudget): Evidence {
    const blank = this.#look?.blankStack;
    const early = this.#earlyEvidence();
    if (early !== undefined) return early;
    const held = this.#look?.heldSight;
    if (held !== undefined) return this.#toEvidence(held, budget);
    if (blank === undefined) {
      return this.#look?.hasAnswered === true ? UNREADABLE : this.#withoutAnswer();
    }
    const earlier = this.#earlierEvidence();
    if (earlier !== undefined) return earlier;
    // It looks for what it waits for.
    const frames = runsOwnCode(blank) ? [] : stackLines(blank, budget);
    if (frames.length > 0) return { kind: 'busy', frames, ageMs: 0 };
    return LATE;
  }

  /** Its loop has turned, but to say more takes longer than there is time: it has looked for that
   * since this look, or still does since the first. */
  #earlyEvidence(): Evidence | undefined {
    const hasTurned = this.#look?.earlyResources !== undefined;
    if (hasTurned && this.#seen?.evidence.kind === 'waiting') return this.#seen.evidence;
    const first = this.#seen === undefined ? this.#earlyResources : undefined;
    const resources = this.#look?.earlyResources ?? first;
    return resources === undefined ? undefined : { kind: 'waiting', resources, frames: [] };
  }

  #withoutAnswer(): Evidence {
    if (this.#session === undefined) {
      return { kind: 'none', reason: 'its thread is busy, and this Node has no inspector' };
    }
    if (!this.#session.isAttached) return { kind: 'none', reason: 'its thread has ended' };
    if (this.#silence.isStarved) return this.#earlierEvidence() ?? STARVED;
    return this.#silence.toEvidence(this.#lastSeen());
  }

  /** What the first look has shown, as old as it is. */
  #earlierEvidence(): Seen | undefined {
    if (this.#seen === undefined) return undefined;
    const { evidence, atMs } = this.#seen;
    if (evidence.kind === 'waiting') return evidence;
    return { ...evidence, ageMs: performance.now() - atMs };
  }

  #lastSeen(): Extract<Evidence, { kind: 'native' }>['lastSeen'] {
    if (this.#seen === undefined || this.#seen.evidence.frames.length === 0) return undefined;
    const { evidence, atMs } = this.#seen;
    return { frames: evidence.frames, ageMs: performance.now() - atMs };
  }
}
