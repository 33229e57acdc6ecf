// BULKHEAD_REPORT=1: one JSON line for each invocation, with where its time has gone and what it
// has used. It is for programs: `bulkhead bench` reads it.
import { type InvocationTimes, OVERHEAD_PHASES, PHASES, type PhaseTimes } from '../core/phases.ts';
import type { InvocationMoment } from '../core/telemetry-port.ts';

/** Tells the line from all others. */
export const REPORT_TYPE = 'bulkhead.report';

type Derived = {
  readonly phases: PhaseTimes;
  /** It is the first one of this process. */
  readonly isFirst: boolean;
};

/** With its line feed; what is not known is not in it. */
export function reportLine(
  moment: InvocationMoment,
  { arrivedAtMs, firstByteAtMs, sentAtMs }: InvocationTimes,
  { phases, isFirst }: Derived,
): string {
  const { eventBytes, handlerMs, key, measured, outcome, slotId, streamedBytes, worker } = moment;
  const { use } = measured ?? {};
  const beganAtMs = firstByteAtMs ?? arrivedAtMs;
  const isWhole = beganAtMs !== undefined && sentAtMs !== undefined;
  const report = {
    type: REPORT_TYPE,
    requestId: key.requestId,
    outcome: outcome.kind,
    start: isFirst ? 'cold' : 'warm',
    // From the first byte of the event until the answer is on the wire.
    durationMs: isWhole ? round(sentAtMs - beganAtMs) : undefined,
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
