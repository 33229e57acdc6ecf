// How many workers there are, and what replaces one that is lost.
import type { ErrorOutcome } from '../core/outcome.ts';
import type { Cancel, Clock, InitFailure, InitResult } from '../core/ports.ts';
import { RestartPolicy } from '../core/restart-policy.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import type { ListeningReply, LogSetup, WorkerSetup } from '../core/thread-protocol.ts';
import { startWithin, workerFailure } from './slot-start.ts';
import type { LaunchedThread } from './thread-launch.ts';
import { WorkerSlot } from './worker-slot.ts';
import type { Role } from './worker-slot-options.ts';

export type WorkerSupplyOptions = {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly heapLimitMb: number | undefined;
  readonly restartLimit: number;
  /** File of the thread's entry point. */
  readonly entry: string;
  /** The setup for worker number `owner`, from 2 up. */
  readonly setup: (owner: number) => WorkerSetup;
  /** The thread of the first worker, if it has begun to start. */
  readonly launched?: LaunchedThread | undefined;
  /** How many workers are to be started now. */
  readonly missing: (slots: ReadonlySet<WorkerSlot>) => number;
  readonly onReady: () => void;
  /** There is no worker, and the one that was to be could not start; `finalReason` when no other
   * will be tried. */
  readonly onFailure: (failure: InitFailure, finalReason: string | undefined) => void;
  readonly onListening: (slot: WorkerSlot, reply: ListeningReply) => void;
  /** The thread is about to be ended, wherever it is. */
  readonly onThreadEnding: (log: LogSetup) => void;
  readonly onLost: (slot: WorkerSlot) => void;
  readonly onEnded: (slot: WorkerSlot) => void;
};

const MADE_WAY = 'The worker has made way for another as it started';
const FAILS_AT_START = 'No worker can be started any more: the handler fails at each start';

export class WorkerSupply {
  /** Workers that serve, can serve, or will: whoever is lost is not among them. */
  readonly slots: Set<WorkerSlot> = new Set();
  readonly #options: WorkerSupplyOptions;
  readonly #restarts: RestartPolicy;
  #nextId = 1;
  /** Before the next try; whether it is only about a standby. */
  #pause: { readonly cancel: Cancel; readonly isForStandby: boolean } | undefined;
  readonly #starting = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: WorkerSupplyOptions) {
    this.#options = options;
    const { restartLimit } = options;
    this.#restarts = new RestartPolicy({ restartLimit, random: Math.random });
  }

  /** The first worker: its failure is the init error, and nothing is tried again. */
  async first(): Promise<InitResult> {
    const slot = this.#spawn('active');
    if (!(slot instanceof WorkerSlot)) return slot;
    const result = await this.#launch(slot, undefined);
    if (result.kind === 'ready') this.fill();
    return result;
  }

  /** Starts what is missing. While a failed start is paused for, nothing else is started, unless
   * the pause is about a standby and there is nobody left to serve. */
  fill(): void {
    if (this.#isClosed) return;
    if (this.#pause !== undefined) {
      if (!this.#pause.isForStandby || this.slots.size > 0) return;
      this.#pause.cancel();
      this.#pause = undefined;
    }
    const { clock, missing } = this.#options;
    while (this.#pause === undefined && missing(this.slots) > 0) {
      const exhaustion = this.#restarts.exhaustion(clock.nowMonotonicMs());
      if (exhaustion !== undefined) {
        if (this.slots.size === 0) this.#end(exhaustion);
        return;
      }
      if (this.#restarts.hasGivenUp) return;
      const hasActive = [...this.slots].some((slot) => slot.role === 'active');
      const starting = this.#replace(hasActive ? 'standby' : 'active');
      this.#starting.add(starting);
      void starting.finally(() => this.#starting.delete(starting));
    }
  }

  /** Resolves when those that are being started are ready, or have failed to start. */
  async started(): Promise<void> {
    await Promise.all(this.#starting);
  }

  /** Who is still starting makes way for another: nothing has failed. */
  dropStarting(): void {
    const outcome: ErrorOutcome = { ...workerFailure(MADE_WAY), kind: 'crash' };
    for (const slot of [...this.slots]) {
      if (slot.state === 'starting') slot.fail('recycle', () => outcome);
    }
  }

  /** Starting a thread takes this one several ms: first whatever it has to send goes out. */
  fillSoon(): void {
    const { clock } = this.#options;
    clock.scheduleAt(clock.nowEpochMs(), () => this.fill());
  }

  /** It has served an invocation: what was wrong with the starts before it is over. */
  served(slot: WorkerSlot): void {
    this.#restarts.served(slot.id);
  }

  /** Keeps the workers in the order of their last use. */
  used(slot: WorkerSlot): void {
    if (this.slots.delete(slot)) this.slots.add(slot);
  }

  close(): void {
    this.#isClosed = true;
    this.#pause?.cancel();
    for (const slot of [...this.slots]) slot.end('drain');
  }

  #end(exhaustion: string): void {
    const failure = workerFailure(exhaustion);
    this.#options.onFailure(failure, `No worker is started any more: ${exhaustion}`);
  }

  /** A slot whose thread has begun to start, or why it could not. */
  #spawn(role: Role): WorkerSlot | InitFailure {
    const id = this.#nextId;
    this.#nextId += 1;
    const { clock, entry, heapLimitMb, setup, onEnded, onListening } = this.#options;
    const launched = id === 1 ? this.#options.launched : undefined;
    try {
      const slot = new WorkerSlot({
        id,
        role,
        clock,
        heapLimitMb,
        entry,
        setup: launched?.setup ?? setup(id + 1),
        launched,
        onLost: (lost) => this.#onLost(lost),
        onListening,
        onTerminate: this.#options.onThreadEnding,
        onEnded,
      });
      this.slots.add(slot);
      return slot;
    } catch (error) {
      // No thread to be had: too many of them, or of open files.
      return workerFailure(`Cannot start a worker thread: ${String(error)}`);
    }
  }

  /** Runs Init; with a limit in ms, a thread that takes longer is given up. */
  async #launch(slot: WorkerSlot, limitMs: number | undefined): Promise<InitResult> {
    const { clock, telemetry, onReady } = this.#options;
    const { id: slotId, role } = slot;
    const result = await (limitMs === undefined ? slot.start() : startWithin(slot, limitMs, clock));
    const durationMs = clock.nowMonotonicMs() - slot.startedAtMs;
    if (result.kind === 'ready') {
      this.#restarts.started(durationMs);
      const { bootedAtMs } = slot.thread;
      const readyAtMs = clock.nowMonotonicMs();
      telemetry.workerStarted({ slotId, role, durationMs, ok: true, bootedAtMs, readyAtMs });
      onReady();
    } else if (!this.#isClosed && !hasMadeWay(slot)) {
      telemetry.workerStarted({ slotId, role, durationMs, ok: false, error: result.error });
    }
    return result;
  }

  async #replace(role: Role): Promise<void> {
    const slot = this.#spawn(role);
    const id = this.#nextId - 1;
    const { startLimitMs } = this.#restarts;
    const result = slot instanceof WorkerSlot ? await this.#launch(slot, startLimitMs) : slot;
    if (result.kind === 'ready' || this.#isClosed || hasMadeWay(slot)) return;
    this.#onStartFailed(id, result);
  }

  #onStartFailed(workerId: number, failure: InitFailure): void {
    const isBare = this.slots.size === 0;
    const pauseMs = this.#restarts.failed(workerId, isBare);
    if (isBare)
      this.#options.onFailure(failure, pauseMs === undefined ? FAILS_AT_START : undefined);
    if (pauseMs !== undefined) this.#retryIn(pauseMs, !isBare);
  }

  #retryIn(pauseMs: number, isForStandby: boolean): void {
    // The pause of one that could still wait does not stand in for that of one that is needed.
    if (this.#pause !== undefined && (isForStandby || !this.#pause.isForStandby)) return;
    this.#pause?.cancel();
    const { clock } = this.#options;
    const cancel = clock.scheduleAt(clock.nowEpochMs() + pauseMs, () => {
      this.#pause = undefined;
      this.fill();
    });
    this.#pause = { cancel, isForStandby };
  }

  #onLost(slot: WorkerSlot): void {
    this.slots.delete(slot);
    this.#options.onLost(slot);
    // A worker that failed to start is #replace's business.
    if (!slot.wasReady || this.#isClosed) return;
    if (slot.endCause === 'idle_crash') {
      this.#restarts.diedIdle(this.#options.clock.nowMonotonicMs());
      if (!slot.wasUsed) {
        this.#onStartFailed(slot.id, workerFailure('The worker died before its first invocation'));
        return;
      }
    }
    const hasReady = [...this.slots].some(({ state }) => state === 'ready');
    // With another that is ready, and after a timeout, the next poll goes out first.
    if (slot.endCause !== 'timeout' && !hasReady) this.fillSoon();
  }
}

/** Of a start that has come to nothing: it was wanted so. */
function hasMadeWay(slot: WorkerSlot | InitFailure): boolean {
  return slot instanceof WorkerSlot && slot.endCause === 'recycle';
}
