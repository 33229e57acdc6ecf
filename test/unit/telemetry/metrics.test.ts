import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { invocationSample } from '../../../src/telemetry/samples.ts';
import { ERROR, invocationMoment } from './moments.ts';

test('metrics count what the samples say', async () => {
  const metrics = createMetrics();

  metrics.record({ kind: 'init', ms: 80 });
  metrics.record({ kind: 'workerStart', slotId: 1, role: 'active', ok: true, ms: 40 });
  metrics.record({ kind: 'workerStart', slotId: 2, role: 'standby', ok: true, ms: 40 });
  metrics.record({ kind: 'workerStart', slotId: 3, role: 'standby', ok: false, ms: 40 });
  metrics.record({ kind: 'received' });
  metrics.record({ kind: 'received' });
  metrics.record(invocationSample(invocationMoment()));
  metrics.record(
    invocationSample(
      invocationMoment({
        outcome: { kind: 'timeout', error: ERROR, headerType: 'Function.Timeout' },
        receipt: { kind: 'refused', status: 410 },
        watchdogLateMs: 2,
      }),
    ),
  );
  const phases = { wait: 12_000, dispatch: 40, handler: 3000, respond: 20 };
  for (const repoll of [5, 15]) metrics.record({ kind: 'phases', phases: { ...phases, repoll } });
  metrics.record({ kind: 'phases', phases: { wait: 1 } });
  metrics.record({ kind: 'lateCause', cause: 'crash' });
  metrics.record({ kind: 'workerEnd', slotId: 1, cause: 'timeout', stuck: true });
  metrics.recordDropped(4);
  const text = await metrics.text();

  for (const line of [
    'lambda_runtime_init_seconds 0.08',
    'lambda_runtime_invocations_in_flight 0',
    'lambda_runtime_invocations_total{outcome="success"} 1',
    'lambda_runtime_invocations_total{outcome="timeout"} 1',
    'lambda_runtime_answers_refused_total{status="410"} 1',
    'lambda_runtime_late_causes_total{cause="crash"} 1',
    'lambda_runtime_worker_starts_total{role="active",ok="true"} 1',
    'lambda_runtime_worker_starts_total{role="standby",ok="false"} 1',
    'lambda_runtime_worker_ends_total{cause="timeout"} 1',
    'lambda_runtime_stuck_threads_total 1',
    'lambda_runtime_workers 1',
    'lambda_runtime_samples_dropped_total 4',
    'lambda_runtime_watchdog_lateness_seconds_count 1',
    'lambda_runtime_watchdog_lateness_seconds_sum 0.002',
    'lambda_runtime_invocation_phase_seconds_count{phase="wait"} 3',
    'lambda_runtime_invocation_phase_seconds_count{phase="repoll"} 2',
    'lambda_runtime_invocation_phase_seconds_count{phase="dispatch"} 2',
    'lambda_runtime_invocation_phase_seconds_count{phase="handler"} 2',
    'lambda_runtime_invocation_phase_seconds_count{phase="respond"} 2',
    'lambda_runtime_invocation_phase_seconds_bucket{le="0.00005",phase="handler"} 0',
    'lambda_runtime_invocation_phase_seconds_bucket{le="900",phase="handler"} 2',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line} is missing in:\n${text}`);
  }
});

test('two registries in one process do not mix', async () => {
  const first = createMetrics();
  const second = createMetrics();

  first.record({ kind: 'lateCause', cause: 'drain' });

  assert.doesNotMatch(await second.text(), /late_causes_total\{/);
});
