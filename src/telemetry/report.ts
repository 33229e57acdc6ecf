// BULKHEAD_REPORT=1: JSON lines with where the time has gone, of the start and of each invocation,
// and what that has used. They are for programs: `bulkhead bench` reads them.
import {
  type InvocationTimes,
  OVERHEAD_PHASES,
  PHASES,
  type PhaseTimes,
  REPORT_TYPE,
  START_TYPE,
  type StartTimes,
  toPhases,
} from '../core/phases.ts';
import type { InvocationMoment, WorkerStartMoment } from '../core/telemetry-port.ts';

type Write = (line: string) => void;
type Step = { readonly name: string; readonly fromMs: number; readonly toMs: number };

export class Report {
  readonly #start: StartTimes;
  readonly #write: Write;
  #count = 0;
  #firstWorker: WorkerStartMoment | undefined;

  /** @param write takes one line with its line feed. */
  constructor(start: StartTimes, write: Write) {
    this.#start = start;
    this.#write = write;
  }

  workerStarted(moment: WorkerStartMoment): void {
    this.#firstWorker ??= moment;
  }

  invocation(moment: InvocationMoment, times: InvocationTimes): void {
    this.#count += 1;
    const isFirst = this.#count === 1;
    if (isFirst && times.polledAtMs !== undefined) {
      this.#write(startLine(this.#start, this.#firstWorker, times.polledAtMs));
    }
    this.#write(invocationLine(moment, times, isFirst));
  }
}

/** A step whose beginning or end is not known is left out: without isolation there is no thread. */
function startLine(
  { processAtMs, loadedAtMs, launchedAtMs, servingAtMs }: StartTimes,
  worker: WorkerStartMoment | undefined,
  polledAtMs: number,
): string {
  const { bootedAtMs, readyAtMs } = worker ?? {};
  const steps = [
    toStep('Node.js', processAtMs, loadedAtMs),
    toStep('settings', loadedAtMs, launchedAtMs),
    toStep('runtime', launchedAtMs, servingAtMs),
    toStep('thread', launchedAtMs, bootedAtMs),
    toStep('Init', bootedAtMs, readyAtMs),
    toStep('first poll', readyAtMs ?? servingAtMs, polledAtMs),
  ].filter((step) => step !== undefined);
  const durationMs = round(polledAtMs - processAtMs);
  return `${JSON.stringify({ type: START_TYPE, processAtMs, durationMs, steps })}\n`;

  function toStep(
    name: string,
    fromMs: number | undefined,
    toMs: number | undefined,
  ): Step | undefined {
    if (fromMs === undefined || toMs === undefined) return undefined;
    return { name, fromMs: round(fromMs - processAtMs), toMs: round(toMs - processAtMs) };
  }
}

/** What is not known is not in it. */
function invocationLine(
  moment: InvocationMoment,
  times: InvocationTimes,
  isFirst: boolean,
): string {
  const { eventBytes, handlerMs, key, measured, outcome, slotId, streamedBytes, worker } = moment;
  const { firstByteAtMs, sentAtMs } = times;
  const phases = toPhases(times, handlerMs);
  const { use } = measured ?? {};
  const isWhole = firstByteAtMs !== undefined && sentAtMs !== undefined;
  const report = {
    type: REPORT_TYPE,
    requestId: key.requestId,
    outcome: outcome.kind,
    start: isFirst ? 'cold' : 'warm',
    // From the first byte of the event until the answer is on the wire.
    durationMs: isWhole ? round(sentAtMs - firstByteAtMs) : undefined,
    handlerMs: round(handlerMs),
    overheadUs: inOrder(phases),
    overheadTotalUs: round(OVERHEAD_PHASES.reduce((sum, phase) => sum + (phases[phase] ?? 0), 0)),
    cpuMs: use?.cpuMs === undefined ? undefined : round(use.cpuMs),
    eventLoopUtilization: use === undefined ? undefined : round(use.loopUtilization),
    heapBytesBefore: use?.heapBytesBefore,
    heapBytesAfter: use?.heapBytesAfter,
    bytesIn: eventBytes,
    bytesOut: outcome.kind === 'success' ? (streamedBytes ?? outcome.body.byteLength) : undefined,
    workerId: slotId,
    workerAgeMs: worker === undefined ? undefined : Math.round(worker.ageMs),
    workerInvocations: worker?.invocationCount,
  };
  return `${JSON.stringify(report)}\n`;
}

function inOrder(phases: PhaseTimes): PhaseTimes {
  return Object.fromEntries(
    PHASES.map((phase) => [phase, phases[phase]] as const)
      .filter(([, us]) => us !== undefined)
      .map(([phase, us]) => [phase, round(us ?? 0)]),
  );
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
