// What an invocation takes in its thread: read where somebody wants to know, and nowhere else.
import type { Measured, ThreadUse } from '../src/core/phases.ts';
import { nowMs } from './thread-clock.ts';
import { memoryUse } from './thread-facts.ts';

// Taken before user code can replace them. Not every Node tells the processor time of a thread.
const { performance, process } = globalThis;
const readLoop = performance.eventLoopUtilization.bind(performance);
const readCpu = process.threadCpuUsage?.bind(process);

export type MeterOptions = {
  /** Also what it uses, not only when. */
  readonly isReported: boolean;
  /** Others run in the thread meanwhile: whose the processor time is cannot be told. */
  readonly isShared: boolean;
};

/** From the arrival of a task in its thread to its result. */
export class ThreadMeter {
  calledAtMs = 0;
  returnedAtMs = 0;
  readonly #begunAtMs: number = nowMs();
  readonly #finishUse: (() => ThreadUse) | undefined;

  constructor({ isReported, isShared }: MeterOptions) {
    this.#finishUse = isReported ? startUse(isShared) : undefined;
  }

  /** The result is about to be sent. */
  finish(): Measured {
    const repliedAtMs = nowMs();
    // What failed before its handler was called has spent all its time on the way there.
    const calledAtMs = this.calledAtMs || repliedAtMs;
    const returnedAtMs = this.returnedAtMs || calledAtMs;
    const times = { begunAtMs: this.#begunAtMs, calledAtMs, returnedAtMs, repliedAtMs };
    return { times, use: this.#finishUse?.() };
  }
}

function startUse(isShared: boolean): () => ThreadUse {
  const heapBytesBefore = memoryUse().heapBytes;
  const loop = readLoop();
  const cpu = isShared ? undefined : readCpu?.();
  return () => {
    const used = cpu === undefined ? undefined : readCpu?.(cpu);
    return {
      cpuMs: used === undefined ? undefined : (used.user + used.system) / 1000,
      loopUtilization: readLoop(loop).utilization,
      heapBytesBefore,
      heapBytesAfter: memoryUse().heapBytes,
    };
  };
}
