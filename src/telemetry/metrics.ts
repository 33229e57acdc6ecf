// The Prometheus registry. Importing this file loads prom-client (about 40 ms), so it is imported
// only when somebody is going to read it, and after the first poll is out.
import prometheus from 'prom-client';
import { PHASES } from '../core/phases.ts';
import type { Census } from '../core/ports.ts';
import { addCensusGauges } from './census-gauges.ts';
import type { InvocationSample, Sample, WorkerEndSample, WorkerStartSample } from './samples.ts';

export interface Metrics {
  readonly contentType: string;
  /** Counts one sample. */
  record(sample: Sample): void;
  /** Samples that were lost before the registry was loaded. */
  recordDropped(count: number): void;
  /** The text exposition of everything. */
  text(): Promise<string>;
}

/** From the reading of a small event (10 µs) to the longest function (15 min), in seconds. */
const SECONDS: number[] = [
  0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025,
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900,
];

/** Makes a registry of its own: two runtimes in one process do not mix. With a census there are
 * gauges of what is there at the moment of each reading. */
export function createMetrics(takeCensus?: () => Promise<Census>): Metrics {
  const registry = new prometheus.Registry();
  const meters = createMeters(registry);
  if (takeCensus !== undefined) addCensusGauges(registry, takeCensus);
  const workers = new Set<number>();
  return {
    contentType: registry.contentType,
    record: (sample) => recordSample(meters, workers, sample),
    recordDropped: (count) => meters.samplesDropped.inc(count),
    text: () => registry.metrics(),
  };
}

type Meters = ReturnType<typeof createMeters>;

function createMeters(registry: prometheus.Registry) {
  const registers = [registry];
  const counter = (noun: string, help: string, labelNames: string[] = []) =>
    new prometheus.Counter({ name: `lambda_runtime_${noun}_total`, help, labelNames, registers });
  const gauge = (noun: string, help: string) =>
    new prometheus.Gauge({ name: `lambda_runtime_${noun}`, help, registers });
  const seconds = (noun: string, help: string, labelNames: string[] = []) =>
    new prometheus.Histogram({
      name: `lambda_runtime_${noun}_seconds`,
      help,
      labelNames,
      registers,
      buckets: SECONDS,
    });
  const phase = seconds('invocation_phase', 'Time of an invocation by phase.', ['phase']);
  return {
    phases: PHASES.map((name) => ({ name, histogram: phase.labels(name) })),
    init: gauge('init_seconds', 'Time of Init: the first worker and its handler.'),
    inFlight: gauge('invocations_in_flight', 'Invocations received and not yet answered.'),
    invocations: counter('invocations', 'Invocations answered, by outcome.', ['outcome']),
    refused: counter('answers_refused', 'Answers the platform did not take.', ['status']),
    lateCauses: counter('late_causes', 'Causes that came after the decision.', ['cause']),
    watchdog: seconds('watchdog_lateness', 'How late the watchdog fired.'),
    workers: gauge('workers', 'Worker threads that are alive and usable.'),
    workerStarts: counter('worker_starts', 'Workers started.', ['role', 'ok']),
    workerStart: seconds('worker_start', 'Time of a successful start of a worker.', ['role']),
    workerEnds: counter('worker_ends', 'Workers ended, by cause.', ['cause']),
    stuckThreads: counter('stuck_threads', 'Threads that survived their termination.'),
    samplesDropped: counter('samples_dropped', 'Samples lost before the metrics were loaded.'),
  };
}

function recordSample(meters: Meters, workers: Set<number>, sample: Sample): void {
  switch (sample.kind) {
    case 'init':
      meters.init.set(sample.ms / 1000);
      return;
    case 'received':
      meters.inFlight.inc();
      return;
    case 'invocation':
      recordInvocation(meters, sample);
      return;
    case 'phases':
      for (const { name, histogram } of meters.phases) {
        const us = sample.phases[name];
        if (us !== undefined) histogram.observe(us / 1_000_000);
      }
      return;
    case 'lateCause':
      meters.lateCauses.inc({ cause: sample.cause });
      return;
    case 'workerStart':
      recordWorkerStart(meters, workers, sample);
      return;
    case 'workerEnd':
      recordWorkerEnd(meters, workers, sample);
      return;
    default:
      sample satisfies never;
  }
}

function recordInvocation(meters: Meters, sample: InvocationSample): void {
  meters.inFlight.dec();
  meters.invocations.inc({ outcome: sample.outcome });
  const { refusedStatus, watchdogLateMs } = sample;
  if (refusedStatus !== undefined) meters.refused.inc({ status: String(refusedStatus) });
  if (watchdogLateMs !== undefined) meters.watchdog.observe(watchdogLateMs / 1000);
}

function recordWorkerStart(meters: Meters, workers: Set<number>, sample: WorkerStartSample): void {
  meters.workerStarts.inc({ role: sample.role, ok: String(sample.ok) });
  if (!sample.ok) return;
  meters.workerStart.observe({ role: sample.role }, sample.ms / 1000);
  workers.add(sample.slotId);
  meters.workers.set(workers.size);
}

function recordWorkerEnd(meters: Meters, workers: Set<number>, sample: WorkerEndSample): void {
  meters.workerEnds.inc({ cause: sample.cause });
  if (sample.stuck) meters.stuckThreads.inc();
  workers.delete(sample.slotId);
  meters.workers.set(workers.size);
}
