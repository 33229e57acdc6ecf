import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { InvocationTimes } from '../../../src/core/phases.ts';
import { createTelemetry } from '../../../src/telemetry/telemetry.ts';
import { ERROR, invocationMoment, KEY } from './moments.ts';

/** Of an invocation whose thread has told nothing. */
const NOT_COME_BACK: InvocationTimes = {
  polledAtMs: 100,
  firstByteAtMs: 101,
  arrivedAtMs: 102,
  thread: undefined,
  decidedAtMs: 105,
  sentAtMs: 106,
  repolledAtMs: 107,
};

const CHILD = new URL('./load-report.ts', import.meta.url).pathname;

/** Packages that a child has loaded after some moments. */
async function loadedBy(moments: string): Promise<{ pino: boolean; prometheus: boolean }> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    CHILD,
    moments,
  ]);
  return JSON.parse(stdout) as { pino: boolean; prometheus: boolean };
}

test('the logger is loaded when an invocation comes near its deadline', async () => {
  assert.deepEqual(await loadedBy('soft deadline'), { pino: true, prometheus: false });
});

test('a healthy start and healthy invocations load neither pino nor prom-client', async () => {
  assert.deepEqual(await loadedBy('healthy'), { pino: false, prometheus: false });
});

test('the first line that is written loads pino and nothing else', async () => {
  assert.deepEqual(await loadedBy('timeout'), { pino: true, prometheus: false });
});

test('a metrics port loads prom-client, after Init', async () => {
  assert.deepEqual(await loadedBy('metrics'), { pino: false, prometheus: true });
});

test('moments never throw, even when nothing can be written', () => {
  const telemetry = createTelemetry({
    level: 'TRACE',
    write: () => {
      throw new Error('fd 2 is closed');
    },
    metricsPort: undefined,
  });

  telemetry.initEnded({ ok: false, durationMs: 1, error: ERROR });
  telemetry.invocationStarted(KEY);
  telemetry.invocationDecided(invocationMoment());
  telemetry.invocationEnded(invocationMoment());
  telemetry.lateCause(KEY, 'crash');
  telemetry.workerStarted({ slotId: 1, role: 'active', ok: true, durationMs: 1 });
  telemetry.workerEnded({ slotId: 1, cause: 'crash', invocations: 1, stuck: false });
  telemetry.runtimeApi({ event: 'refused', status: 410, detail: 'd' });
  telemetry.stopped({ reason: 'r', exitCode: 1 });
});

test('a worker that fails during Init is told by Init alone, a later one by itself', () => {
  const events: unknown[] = [];
  const telemetry = createTelemetry({
    level: 'DEBUG',
    write: (line) => events.push((JSON.parse(line) as { event: string }).event),
    metricsPort: undefined,
  });
  const start = { slotId: 1, role: 'active', ok: false, durationMs: 1, error: ERROR } as const;

  telemetry.workerStarted(start);
  telemetry.initEnded({ ok: false, durationMs: 1, error: ERROR });
  telemetry.workerStarted(start);

  assert.deepEqual(events, ['init_failed', 'worker_start_failed']);
});

test('moments from before the registry are in the metrics', async () => {
  const lines: string[] = [];
  const port = await freePort();
  const served = Promise.withResolvers<void>();
  const telemetry = createTelemetry({
    level: 'DEBUG',
    write: (line) => {
      lines.push(line);
      if (line.includes('"metrics_served"')) served.resolve();
    },
    metricsPort: port,
    schedule: (load) => load(),
  });

  telemetry.workerStarted({ slotId: 1, role: 'active', ok: true, durationMs: 1 });
  telemetry.initEnded({ ok: true, durationMs: 9 });
  telemetry.invocationStarted(KEY);
  telemetry.invocationEnded(invocationMoment());
  telemetry.invocationMeasured(invocationMoment(), NOT_COME_BACK);
  await served.promise;
  telemetry.invocationStarted(KEY);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

  assert.match(text, /^lambda_runtime_workers 1$/m);
  assert.match(text, /^lambda_runtime_invocations_total\{outcome="success"\} 1$/m);
  assert.match(text, /^lambda_runtime_invocations_in_flight 1$/m);
  assert.match(text, /^lambda_runtime_invocation_phase_seconds_sum\{phase="handler"\} 0\.003$/m);
});

test('a metrics port in use is told in one line and the moments go on', async () => {
  const occupant = createServer();
  occupant.listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const { port } = occupant.address() as AddressInfo;
  const told = Promise.withResolvers<string>();
  const telemetry = createTelemetry({
    level: 'INFO',
    write: told.resolve,
    metricsPort: port,
    schedule: (load) => load(),
  });

  telemetry.initEnded({ ok: true, durationMs: 9 });
  const line = JSON.parse(await told.promise) as Record<string, unknown>;
  telemetry.invocationStarted(KEY);

  assert.equal(line['level'], 'ERROR');
  assert.equal(line['event'], 'metrics_unavailable');
  assert.match(String(line['message']), new RegExp(`port "${port}" \\(BULKHEAD_METRICS_PORT\\)`));
  occupant.close();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
