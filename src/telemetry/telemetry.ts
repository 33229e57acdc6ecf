// The Telemetry port: each moment becomes at most one log line and one sample. Nothing that goes
// wrong in here may reach the supervisor, and nothing heavy is loaded before it is needed.

import { type StartTimes, toPhases } from '../core/phases.ts';
import type { Census } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import type { LogLevel } from '../core/thread-protocol.ts';
import { createLog, type Log, type WriteLine } from './logger.ts';
import type { MetricsEndpoint } from './metrics-endpoint.ts';
import * as lines from './moment-lines.ts';
import { Report } from './report.ts';
import { invocationSample, SampleBuffer } from './samples.ts';

export type TelemetryOptions = {
  readonly level: LogLevel;
  /** Takes one whole log line with its line feed, synchronously. */
  readonly write: WriteLine;
  /** Where `/metrics` is served; undefined: nothing is counted. */
  readonly metricsPort: number | undefined;
  /** For lines with where the time has gone, of the start and of each invocation; undefined: there
   * are none. */
  readonly reportOf?: StartTimes | undefined;
  /** Runs the loading of the metrics, once Init is over. Default: soon after the first poll. */
  readonly schedule?: (load: () => void) => void;
};

/** Loading prom-client blocks the thread for about 40 ms: by then the first poll is parked. */
const METRICS_DELAY_MS = 50;

/** Makes the runtime's telemetry. Its methods never throw. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const log = createLog(options);
  const { metricsPort, reportOf, schedule = soon, write } = options;
  const report =
    reportOf === undefined ? undefined : new Report(reportOf, (line) => write(line, 'INFO'));
  const samples = metricsPort === undefined ? undefined : new SampleBuffer();
  let isInitOver = false;
  let takeCensus: (() => Promise<Census>) | undefined;

  const serveSamples = (): void => {
    if (metricsPort === undefined || samples === undefined) return;
    schedule(() => void serveMetrics({ port: metricsPort, samples, log, takeCensus }));
  };

  return {
    isMeasuring: report !== undefined || samples !== undefined,
    initEnded: guard((moment) => {
      log.write(lines.initLine(moment));
      samples?.add({ kind: 'init', ms: moment.durationMs });
      if (moment.ok && !isInitOver) serveSamples();
      isInitOver = true;
    }),
    invocationStarted: guard((key) => {
      if (log.passes('TRACE')) log.write(lines.invocationStartLine(key));
      samples?.add({ kind: 'received' });
    }),
    invocationDecided: guard((moment) => {
      log.write(lines.invocationDecidedLine(moment));
    }),
    invocationEnded: guard((moment) => {
      if (log.passes('DEBUG')) log.write(lines.invocationEndLine(moment));
      samples?.add(invocationSample(moment));
    }),
    invocationMeasured: guard((moment, times) => {
      samples?.add({ kind: 'phases', phases: toPhases(times, moment.handlerMs) });
      report?.invocation(moment, times);
    }),
    lateCause: guard((key, cause) => {
      log.write(lines.lateCauseLine(key, cause));
      samples?.add({ kind: 'lateCause', cause });
    }),
    workerStarted: guard((moment) => {
      const { slotId, role, ok, durationMs } = moment;
      report?.workerStarted(moment);
      // Of a worker that fails during Init, Init tells.
      if (ok || isInitOver) log.write(lines.workerStartLine(moment));
      samples?.add({ kind: 'workerStart', slotId, role, ok, ms: durationMs });
    }),
    workerEnded: guard((moment) => {
      const { slotId, cause, stuck } = moment;
      log.write(lines.workerEndLine(moment));
      samples?.add({ kind: 'workerEnd', slotId, cause, stuck });
    }),
    runtimeApi: guard((moment) => log.write(lines.runtimeApiLine(moment))),
    useCensus(take) {
      takeCensus = take;
    },
    warmUp: guard(() => log.warmUp()),
    problem: guard((detail) => log.write(lines.problemLine(detail))),
    restarted: guard((moment) => log.write(lines.restartLine(moment))),
    stopped: guard((moment) => log.write(lines.stopLine(moment))),
  };
}

type ServeOptions = {
  readonly port: number;
  readonly samples: SampleBuffer;
  readonly log: Log;
  readonly takeCensus: (() => Promise<Census>) | undefined;
};

async function serveMetrics({ port, samples, log, takeCensus }: ServeOptions): Promise<void> {
  let endpoint: MetricsEndpoint;
  try {
    const [{ createMetrics }, { openMetricsEndpoint }] = await Promise.all([
      import('./metrics.ts'),
      import('./metrics-endpoint.ts'),
    ]);
    const metrics = createMetrics(takeCensus);
    const dropped = samples.drainInto(guard((sample) => metrics.record(sample)));
    if (dropped > 0) metrics.recordDropped(dropped);
    endpoint = await openMetricsEndpoint(metrics, port);
  } catch (error) {
    samples.drainInto(() => {});
    const message = `${error instanceof Error ? error.message : String(error)}; events are served`;
    guard(log.write)({ level: 'ERROR', event: 'metrics_unavailable', message, fields: { port } });
    return;
  }
  const message = `Metrics are at http://127.0.0.1:${endpoint.port}/metrics`;
  const fields = { port: endpoint.port };
  guard(log.write)({ level: 'DEBUG', event: 'metrics_served', message, fields });
}

function soon(load: () => void): void {
  setTimeout(load, METRICS_DELAY_MS).unref();
}

/** A moment that cannot be reported is lost; the invocation it is about must not be. */
function guard<A extends readonly unknown[]>(report: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      report(...args);
    } catch {
      // The log itself is what failed (a closed descriptor, a missing package): nowhere to say so.
    }
  };
}
