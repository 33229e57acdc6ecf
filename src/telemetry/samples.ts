// What the metrics keep of each moment: numbers and labels, never a body. Samples are plain data so
// that they can wait here until prom-client is loaded.
import type { Cause, Outcome } from '../core/outcome.ts';
import type { PhaseTimes } from '../core/phases.ts';
import type {
  InvocationMoment,
  WorkerEndMoment,
  WorkerStartMoment,
} from '../core/telemetry-port.ts';

export type Sample =
  | { readonly kind: 'init'; readonly ms: number }
  | { readonly kind: 'received' }
  | InvocationSample
  | { readonly kind: 'phases'; readonly phases: PhaseTimes }
  | { readonly kind: 'lateCause'; readonly cause: Cause }
  | WorkerStartSample
  | WorkerEndSample;

export type InvocationSample = {
  readonly kind: 'invocation';
  readonly outcome: Outcome['kind'];
  /** Status of an answer that the platform did not take. */
  readonly refusedStatus: number | undefined;
  readonly watchdogLateMs: number | undefined;
};
export type WorkerStartSample = {
  readonly kind: 'workerStart';
  readonly slotId: number;
  readonly role: WorkerStartMoment['role'];
  readonly ok: boolean;
  readonly ms: number;
};
export type WorkerEndSample = {
  readonly kind: 'workerEnd';
  readonly slotId: number;
  readonly cause: WorkerEndMoment['cause'];
  readonly stuck: boolean;
};

/** Takes samples; never throws. */
export type SampleSink = (sample: Sample) => void;

/** Most samples kept for a registry that is not loaded yet: about a second of a busy runtime. */
const WAITING_MAX = 20_000;

/** Keeps samples until somebody takes them, then hands every new one straight on. */
export class SampleBuffer {
  #waiting: Sample[] = [];
  #dropped = 0;
  #sink: SampleSink | undefined;

  /** Hands the sample on, or keeps it. */
  add(sample: Sample): void {
    if (this.#sink !== undefined) this.#sink(sample);
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push(sample);
    else this.#dropped += 1;
  }

  /** Replays what has waited and passes on whatever comes; returns how many found no room. */
  drainInto(sink: SampleSink): number {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#sink = sink;
    for (const sample of waiting) sink(sample);
    return this.#dropped;
  }
}

/** The numbers of an invocation, without its body. */
export function invocationSample(moment: InvocationMoment): InvocationSample {
  const { receipt } = moment;
  return {
    kind: 'invocation',
    outcome: moment.outcome.kind,
    refusedStatus: receipt.kind === 'refused' ? receipt.status : undefined,
    watchdogLateMs: moment.watchdogLateMs,
  };
}
