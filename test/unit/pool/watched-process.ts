// A process under the memory watch, on a virtual clock; nothing in it is real.
import type { ErrorPayload } from '../../../src/core/error-payload.ts';
import type { MemoryUse } from '../../../src/core/thread-protocol.ts';
import { MemoryWatch, type WatchedWorker } from '../../../src/pool/memory-watch.ts';
import { SimClock, seededRandom } from '../../sim/sim-clock.ts';

const MB = 1024 * 1024;

/** A process of one or more busy workers, whose memory a test sets in MB. */
export class WatchedProcess {
  readonly clock = new SimClock(seededRandom(1));
  readonly ended: { readonly id: number; readonly error: ErrorPayload; readonly atMs: number }[] =
    [];
  processMb = 40;
  endingCount = 0;
  stuckCount = 0;
  readonly unfit: string[] = [];
  readCount = 0;
  /** When V8 was made to collect fully, and when no longer. */
  readonly help: string[] = [];
  askCount = 0;
  workers: WatchedWorker[] = [];
  readonly #startMs = this.clock.nowEpochMs();
  readonly watch: MemoryWatch;

  constructor(limitMb: number | undefined) {
    this.watch = new MemoryWatch({
      clock: this.clock,
      limitBytes: limitMb === undefined ? undefined : limitMb * MB,
      heapLimitMb: limitMb === undefined ? undefined : limitMb - 64,
      collectFully: (isOn) => this.help.push(`${isOn ? 'on' : 'off'} at ${this.processMb} MB`),
      readProcessBytes: () => {
        this.readCount += 1;
        return this.processMb * MB;
      },
      busyWorkers: () => this.workers,
      endingCount: () => this.endingCount,
      stuckCount: () => this.stuckCount,
      onUnfit: (reason) => this.unfit.push(reason),
      onOverBudget: (id, error) => {
        this.workers = this.workers.filter((worker) => worker.id !== id);
        this.watch.end();
        this.ended.push({ id, error, atMs: this.nowMs() });
      },
    });
  }

  get endedIds(): readonly number[] {
    return this.ended.map(({ id }) => id);
  }

  nowMs(): number {
    return this.clock.nowEpochMs() - this.#startMs;
  }

  begins(id: number, useMb: () => number | undefined, freshMb?: number): void {
    const use = (): MemoryUse | undefined => {
      const mb = useMb();
      return mb === undefined ? undefined : { heapBytes: 0, externalBytes: mb * MB };
    };
    this.workers.push({
      id,
      readMemory: () => {
        this.askCount += 1;
        const answer = use();
        return answer === undefined ? new Promise(() => {}) : Promise.resolve(answer);
      },
      lastUse: undefined,
      freshBytes: freshMb === undefined ? undefined : freshMb * MB,
    });
    this.watch.begin();
  }

  ends(id: number): void {
    this.workers = this.workers.filter((worker) => worker.id !== id);
    this.watch.end();
  }

  /** Each ms something happens, for so long. */
  async run(forMs: number, each: (ms: number) => void = () => {}): Promise<void> {
    let isOver = false;
    for (let ms = 1; ms <= forMs; ms += 1) {
      this.clock.after(ms, () => {
        each(ms);
        isOver = ms === forMs;
      });
    }
    await this.clock.runUntil(() => isOver, forMs);
  }
}
