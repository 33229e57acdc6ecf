// A streamed answer that exists only in virtual time, and what was done to it.
import { RuntimeError } from '../../src/core/errors.ts';
import type { ErrorOutcome, Outcome } from '../../src/core/outcome.ts';
import type { Receipt, ResponseStream } from '../../src/core/ports.ts';
import type { SimClock } from './sim-clock.ts';

export type SimStreamOptions = {
  readonly clock: SimClock;
  readonly onClosed: (reason: string) => void;
  /** From the end to the platform's reply. */
  readonly postMs: number;
  readonly isFatal: boolean;
  /** How the supervisor ends it, once. */
  readonly onEnd: (outcome: Outcome) => void;
};

const SUCCESS: Outcome = { kind: 'success', body: new Uint8Array() };
const LOST: Receipt = { kind: 'refused', status: 0 };

export class SimStream implements ResponseStream {
  bytes = 0;
  isOver = false;
  overAtMs: number | undefined;
  readonly ended: Promise<Receipt>;
  readonly #options: SimStreamOptions;
  #settle: (end: Receipt | RuntimeError) => void = () => {};
  #isClosed = false;
  #hasEnded = false;

  constructor(options: SimStreamOptions) {
    this.#options = options;
    this.ended = new Promise((resolve, reject) => {
      this.#settle = (end) => {
        if (this.isOver) return;
        this.isOver = true;
        this.overAtMs = options.clock.nowEpochMs();
        if (end instanceof RuntimeError) reject(end);
        else resolve(end);
      };
    });
    this.ended.catch(() => {});
  }

  write(bytes: Uint8Array, onTaken: () => void): void {
    this.bytes += bytes.byteLength;
    if (!this.#isClosed && !this.#hasEnded) this.#options.clock.after(0, onTaken);
  }

  end(): void {
    this.#end(SUCCESS);
  }

  fail(outcome: ErrorOutcome): void {
    this.#end(outcome);
  }

  abort(): void {
    this.#settle(LOST);
  }

  hangUp(): void {
    if (this.isOver) return;
    if (!this.#hasEnded) this.#options.onClosed('hung up');
    this.#isClosed = true;
    this.#settle(LOST);
  }

  #end(outcome: Outcome): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { clock, isFatal, onEnd, postMs } = this.#options;
    onEnd(outcome);
    if (isFatal) this.#settle(new RuntimeError('Runtime.ApiFailure', 'the stream met a 500'));
    else clock.after(postMs, () => this.#settle({ kind: 'accepted', status: 202 }));
  }
}
