// Whether a handler's memory is about to take the process down, and whose it is.
import type { ErrorPayload } from './error-payload.ts';
import {
  EXTERNAL_GARBAGE_MB,
  HEAP_SLACK,
  MEMORY_FILL_MB_PER_MS,
  MEMORY_GAIN_MB_MAX,
  MEMORY_GAIN_MB_MIN,
  MEMORY_GAIN_SHARE,
  MEMORY_GROWTH_MS,
  MEMORY_LOOK_MS,
  MEMORY_LOOK_MS_MIN,
  MEMORY_REACTION_MS,
  MEMORY_SILENT_GROWTH_MB,
  MEMORY_SPARE_MB_MAX,
  MEMORY_SPARE_MB_MIN,
  MEMORY_SPARE_SHARE,
} from './limits.ts';
import type { MemoryUse } from './thread-protocol.ts';

const MB: number = 1024 * 1024;

/** One look at the process, on a clock that never jumps. */
export type MemoryReading = { readonly atMs: number; readonly processBytes: number };

/** A worker with an invocation in flight. */
export type BusyWorker = {
  readonly id: number;
  /** What it says now, else what it said last; undefined: nothing yet. */
  readonly use: MemoryUse | undefined;
  /** It has said it now: it is not inside a native call. */
  readonly hasAnswered: boolean;
  /** The least it has ever held after an invocation; undefined before the first. */
  readonly freshBytes: number | undefined;
};

export type MemoryPressure = {
  readonly limitBytes: number;
  /** Of each worker; undefined: none that is known, and its heap may take the process down too. */
  readonly heapLimitBytes: number | undefined;
  readonly processBytes: number;
  /** How much of that has come while the workers were asked. */
  readonly grownBytes: number;
  /** See `levelOf`. */
  readonly idleBytes: number;
  readonly workers: readonly BusyWorker[];
  /** There are threads beside them that are being ended and hold nobody knows how much. */
  readonly hasOthers: boolean;
};

/** `tight`: garbage should be collected; `full`: the process is about to be ended. */
export type MemoryLevel = 'free' | 'tight' | 'full';

/** Whose end gives the most back. */
export type Offender = {
  readonly id: number;
  /** What its end gives back. */
  readonly gainBytes: number;
  /** What it holds, heap and outside of it; undefined: its thread does not say. */
  readonly held: { readonly heapBytes: number; readonly outsideBytes: number } | undefined;
};

/** The readings that the next judgement needs: those of a while, and one from before. */
export function withReading(
  readings: readonly MemoryReading[],
  reading: MemoryReading,
): readonly MemoryReading[] {
  const first = readings.findLastIndex(({ atMs }) => atMs <= reading.atMs - MEMORY_GROWTH_MS);
  return [...readings.slice(Math.max(0, first)), reading];
}

/**
 * Whether the process will have used up its memory before a thread could be ended. As long as all
 * that has come since `idleBytes` may be garbage, it is judged by what it is; beyond, memory that
 * has only grown for a while is judged by what it will be.
 *
 * @param idleBytes the process when nothing was in flight, last.
 */
export function levelOf(
  readings: readonly MemoryReading[],
  idleBytes: number,
  limitBytes: number,
): MemoryLevel {
  const last = readings.at(-1);
  if (last === undefined) return 'free';
  const mayBeGarbage = last.processBytes - idleBytes <= EXTERNAL_GARBAGE_MB * MB;
  const comingBytes = mayBeGarbage ? 0 : steadyGrowth(readings, last) * MEMORY_REACTION_MS;
  const leftBytes = limitBytes - last.processBytes - comingBytes;
  if (leftBytes <= spareBytes(limitBytes)) return 'full';
  return leftBytes <= 2 * spareBytes(limitBytes) ? 'tight' : 'free';
}

/** ms until the next look: soon enough to be before the fastest handler has filled what is left. */
export function nextLookMs(processBytes: number, limitBytes: number): number {
  const leftMb = (limitBytes - spareBytes(limitBytes) - processBytes) / MB;
  return Math.min(MEMORY_LOOK_MS, Math.max(MEMORY_LOOK_MS_MIN, leftMb / MEMORY_FILL_MB_PER_MS));
}

/**
 * The worker whose end gives the most back, if that is worth an invocation. Undefined: nobody's. A
 * process that is large before any handler has done anything stays as it is, and so does one that
 * is filled by many small parts, or by a heap that its own limit will stop.
 */
export function offenderOf(pressure: MemoryPressure): Offender | undefined {
  const { limitBytes, workers } = pressure;
  const least = bounded(limitBytes * MEMORY_GAIN_SHARE, MEMORY_GAIN_MB_MIN, MEMORY_GAIN_MB_MAX);
  let worst: Offender | undefined;
  for (const worker of workers) {
    const offender = toOffender(worker, pressure);
    if (offender.gainBytes < least || offender.gainBytes <= (worst?.gainBytes ?? 0)) continue;
    if (mayEnd(offender, pressure, least)) worst = offender;
  }
  return worst;
}

/** What the invocation of the worker that is ended is answered with. */
export function overBudgetError(
  { limitBytes, processBytes }: Pick<MemoryPressure, 'limitBytes' | 'processBytes'>,
  { gainBytes, held }: Offender,
): ErrorPayload {
  const what =
    held === undefined
      ? `${inMb(gainBytes)} MB of them since it was called; its thread is inside a native call`
      : `of which it holds ${inMb(held.heapBytes)} MB in its JavaScript heap and ` +
        `${inMb(held.outsideBytes)} MB outside it (ArrayBuffers, Buffers, large strings)`;
  return {
    errorType: 'Runtime.OutOfMemory',
    errorMessage:
      "The handler's memory would take the process down: " +
      `${inMb(processBytes)} of ${inMb(limitBytes)} MB are in use, ${what}`,
    trace: [],
  };
}

export function totalBytes({ heapBytes, externalBytes }: MemoryUse): number {
  return heapBytes + externalBytes;
}

/** Bytes per ms by which every look of the last while was below the last one. */
function steadyGrowth(readings: readonly MemoryReading[], last: MemoryReading): number {
  const slopes = readings
    .filter(({ atMs }) => atMs < last.atMs)
    .map(({ atMs, processBytes }) => (last.processBytes - processBytes) / (last.atMs - atMs));
  return slopes.length === 0 ? 0 : Math.max(0, Math.min(...slopes));
}

function spareBytes(limitBytes: number): number {
  return bounded(limitBytes * MEMORY_SPARE_SHARE, MEMORY_SPARE_MB_MIN, MEMORY_SPARE_MB_MAX);
}

function bounded(bytes: number, minMb: number, maxMb: number): number {
  return Math.min(maxMb * MB, Math.max(minMb * MB, bytes));
}

function toOffender(worker: BusyWorker, pressure: MemoryPressure): Offender {
  const { id, use, hasAnswered } = worker;
  const gainBytes = gainOf(worker, pressure);
  if (!hasAnswered || use === undefined) return { id, gainBytes, held: undefined };
  const { heapBytes, externalBytes } = use;
  // What V8 does not count is outside its heap: shared memory, WebAssembly, addons.
  const outsideBytes = Math.max(externalBytes, gainBytes - heapBytes * HEAP_SLACK);
  return { id, gainBytes, held: { heapBytes, outsideBytes } };
}

/** Whether what it holds is more than a heap with a limit of its own, and is no garbage that is
 * being collected. */
function mayEnd({ held }: Offender, pressure: MemoryPressure, leastBytes: number): boolean {
  const { heapLimitBytes, grownBytes } = pressure;
  if (held === undefined) return grownBytes >= MEMORY_SILENT_GROWTH_MB * MB;
  return heapLimitBytes === undefined || held.outsideBytes >= leastBytes;
}

/** Bytes that the end of a worker gives back: its replacement begins where it began. */
function gainOf(worker: BusyWorker, pressure: MemoryPressure): number {
  const growthBytes = pressure.processBytes - pressure.idleBytes;
  const own = knownGain(worker, growthBytes);
  if (pressure.hasOthers || worker !== bearerOf(pressure.workers)) return own;
  const others = pressure.workers
    .filter((other) => other !== worker)
    .reduce((sum, other) => sum + knownGain(other, growthBytes), 0);
  return Math.max(own, growthBytes - others);
}

function knownGain({ use, freshBytes }: BusyWorker, growthBytes: number): number {
  if (use === undefined) return 0;
  const gain = freshBytes === undefined ? growthBytes : totalBytes(use) - freshBytes;
  return Math.max(0, Math.min(totalBytes(use), gain));
}

/** Who has to answer for what nobody says to hold: the only one there is, or the only one that
 * says nothing. */
function bearerOf(workers: readonly BusyWorker[]): BusyWorker | undefined {
  const silent = workers.length === 1 ? workers : workers.filter((one) => !one.hasAnswered);
  return silent.length === 1 ? silent[0] : undefined;
}

export function inMb(bytes: number): number {
  return Math.round(bytes / MB);
}
