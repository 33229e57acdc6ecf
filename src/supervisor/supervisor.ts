// Init, then N lanes, then the end. Owns the lifecycle state; knows the world only as ports.
import type { ErrorPayload } from '../core/error-payload.ts';
import { isRuntimeError } from '../core/errors.ts';
import { advance, type LifecycleState } from '../core/lifecycle.ts';
import { DRAIN_ANSWER_MS_MAX, DRAIN_MS_MAX } from '../core/limits.ts';
import type { Clock, HandlerPool, RuntimeApi, SnapshotStep } from '../core/ports.ts';
import type { StopMoment, Telemetry } from '../core/telemetry-port.ts';
import type { ReceivedSignal } from '../core/thread-protocol.ts';
import { Drain } from './drain.ts';
import { type LaneEnd, runLane } from './lane.ts';
import type { WatchdogOptions } from './watchdog.ts';

export type SupervisorOptions = {
  /** One connection per lane. */
  readonly apis: readonly [RuntimeApi, ...RuntimeApi[]];
  readonly pool: HandlerPool;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly watchdog: Omit<WatchdogOptions, 'clock'>;
  /** The environment takes several events at once (Managed Instances). */
  readonly isMultiConcurrent: boolean;
  /** An invocation whose thread another one has ended runs once more. */
  readonly retryNeighbours: boolean;
  /** Only with SnapStart. */
  readonly snapshot?: SnapshotStep | undefined;
};

/** Threads that did not end would make the process wait for them at its exit. */
export type RunResult = StopMoment & { readonly stuckThreadCount: number };

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #drain: Drain;
  #state: LifecycleState = 'starting';
  /** Why it takes nothing new any more. */
  #ending: StopMoment = { reason: '', exitCode: 0 };

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#drain = new Drain(options.clock, DRAIN_MS_MAX);
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Serves until there is a reason not to; never rejects. The caller ends the process. */
  async run(): Promise<RunResult> {
    let stop: StopMoment;
    try {
      stop = (await this.#init()) ?? (await this.#passSnapshot()) ?? (await this.#serve());
    } catch (error) {
      stop = { reason: text(error), exitCode: 1 };
    }
    return this.#stop(stop);
  }

  /** Takes nothing new, gives what is in flight DRAIN_MS_MAX to end, and so the listeners for the
   * signal, then lets run() resolve. */
  drain(reason: string, signal?: ReceivedSignal): void {
    if (this.#state === 'stopped') return;
    // As often as it comes, like any process's listeners.
    this.#options.pool.announceShutdown(signal);
    if (this.#drain.isLimited) return;
    this.#beginEnding({ reason, exitCode: 0 });
    this.#drain.limit();
  }

  /** The process is not fit to go on, `reason` says why: answers what it has, or has asked for
   * with a parked poll, in its own time, then lets run() resolve. Nothing is lost by it. */
  retire(reason: string): void {
    if (this.#state === 'stopped' || this.#drain.hasBegun) return;
    this.#beginEnding({ reason, exitCode: 1, wantsRestart: true });
  }

  /** There is no worker and there will be none: who is waited for is told so, a parked poll is
   * given up, and run() resolves. */
  giveUp(reason: string, error: ErrorPayload): void {
    if (this.#state === 'stopped' || this.#drain.isLimited) return;
    this.#beginEnding({ reason, exitCode: 1, error });
    this.#drain.limit();
  }

  #beginEnding(ending: StopMoment): void {
    this.#ending = ending;
    if (this.#drain.hasBegun) return;
    this.#state = advance(this.#state, 'draining');
    this.#drain.begin();
  }

  async #init(): Promise<StopMoment | undefined> {
    const { apis, clock, pool, telemetry } = this.#options;
    const startedAtMs = clock.nowMonotonicMs();
    const result = await Promise.race([pool.start(), this.#drained()]);
    const durationMs = clock.nowMonotonicMs() - startedAtMs;
    if (result === 'drained') return this.#ending;
    if (result.kind === 'ready') {
      telemetry.initEnded({ ok: true, durationMs });
      return undefined;
    }
    telemetry.initEnded({ ok: false, durationMs, error: result.error });
    await apis[0].initError(result.error, result.headerType);
    return { reason: 'Init failed', exitCode: 1, error: result.error };
  }

  async #passSnapshot(): Promise<StopMoment | undefined> {
    const { snapshot } = this.#options;
    if (snapshot === undefined) return undefined;
    const result = await Promise.race([snapshot.pass(), this.#drained()]);
    return result === 'drained' ? this.#ending : result;
  }

  #drained(): Promise<'drained'> {
    return new Promise((resolve) => {
      this.#drain.onBegun(() => resolve('drained'));
    });
  }

  async #serve(): Promise<StopMoment> {
    if (this.#drain.hasBegun) return this.#ending;
    this.#state = advance(this.#state, 'serving');
    const lanes = Promise.all(this.#options.apis.map((api) => this.#lane(api).catch(this.#fail)));
    const ends = await Promise.race([lanes, this.#outOfTime()]);
    const lost = ends.find((end) => end.kind === 'no_worker');
    if (lost?.kind === 'no_worker') {
      return { reason: lost.reason, exitCode: 1, error: lost.failure.error };
    }
    return this.#ending;
  }

  /** A drain does not wait for a Runtime API that takes no answers any more. */
  #outOfTime(): Promise<readonly LaneEnd[]> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      this.#drain.onExpired(() => {
        clock.scheduleAt(clock.nowEpochMs() + DRAIN_ANSWER_MS_MAX, () => resolve([]));
      });
    });
  }

  /** A lane has met its end; what the others have in flight is answered all the same. */
  readonly #fail = (error: unknown): LaneEnd => {
    this.#beginEnding({ reason: text(error), exitCode: 1 });
    this.#drain.limit();
    return { kind: 'drained' };
  };

  #lane(api: RuntimeApi): Promise<LaneEnd> {
    const { clock, isMultiConcurrent, pool, retryNeighbours, telemetry, watchdog } = this.#options;
    return runLane({
      api,
      isMultiConcurrent,
      retryNeighbours,
      clock,
      pool,
      telemetry,
      drain: this.#drain,
      watchdog: { ...watchdog, clock },
      onPoll: () => pool.replenish(),
    });
  }

  #graceIsOver(): Promise<void> {
    return new Promise((resolve) => void this.#drain.onExpired(resolve));
  }

  async #stop(stop: StopMoment): Promise<RunResult> {
    this.#state = advance(this.#state, 'stopped');
    const { apis, pool, snapshot, telemetry } = this.#options;
    telemetry.stopped(stop);
    const closing = [snapshot?.close(), ...apis.map((api) => api.close())];
    if (this.#drain.isLimited) await pool.windDown(this.#graceIsOver());
    await Promise.all(closing);
    const { stuck } = await pool.close();
    return { ...stop, stuckThreadCount: stuck };
  }
}

function text(error: unknown): string {
  if (isRuntimeError(error)) return `${error.errorType}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
