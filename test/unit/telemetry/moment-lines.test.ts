import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorOutcome } from '../../../src/core/outcome.ts';
import type { LogLine } from '../../../src/telemetry/logger.ts';
import {
  initLine,
  invocationEndLine,
  invocationStartLine,
  lateCauseLine,
  runtimeApiLine,
  stopLine,
  workerEndLine,
  workerStartLine,
} from '../../../src/telemetry/moment-lines.ts';
import { ERROR, invocationMoment, KEY } from './moments.ts';

function faultLine(kind: ErrorOutcome['kind']): LogLine {
  return invocationEndLine(
    invocationMoment({ outcome: { kind, error: ERROR, headerType: 'Function.Timeout' } }),
  );
}

test('healthy moments stay below INFO', () => {
  const lines = [
    initLine({ ok: true, durationMs: 40 }),
    invocationStartLine(KEY),
    invocationEndLine(invocationMoment()),
    faultLine('failure'),
    lateCauseLine(KEY, 'crash'),
    workerStartLine({ slotId: 1, role: 'active', ok: true, durationMs: 40 }),
    workerEndLine({ slotId: 1, cause: 'drain', invocations: 9, stuck: false }),
  ];
  for (const { level, event } of lines) assert.ok(['TRACE', 'DEBUG'].includes(level), event);
});

test('the level and the name of a line do not change: operators search for them', () => {
  const rows: [LogLine, string, string][] = [
    [initLine({ ok: false, durationMs: 4, error: ERROR }), 'DEBUG', 'init_failed'],
    [faultLine('timeout'), 'ERROR', 'invocation_timeout'],
    [faultLine('crash'), 'ERROR', 'invocation_crash'],
    [faultLine('drain'), 'WARN', 'invocation_stopped'],
    [
      workerStartLine({ slotId: 1, role: 'standby', ok: false, durationMs: 4, error: ERROR }),
      'WARN',
      'worker_start_failed',
    ],
    [
      workerEndLine({ slotId: 1, cause: 'timeout', invocations: 1, stuck: true }),
      'ERROR',
      'worker_stuck',
    ],
    [
      workerEndLine({ slotId: 1, cause: 'idle_crash', invocations: 1, stuck: false }),
      'ERROR',
      'worker_ended',
    ],
    [runtimeApiLine({ event: 'refused', status: 410, detail: 'd' }), 'WARN', 'answer_refused'],
    [runtimeApiLine({ event: 'retry', detail: 'd' }), 'WARN', 'runtime_api_retry'],
    [runtimeApiLine({ event: 'unreachable', detail: 'd' }), 'ERROR', 'runtime_api_unreachable'],
    [runtimeApiLine({ event: 'init_error_failed', detail: 'd' }), 'ERROR', 'init_error_not_posted'],
    [stopLine({ reason: 'SIGTERM', exitCode: 0 }), 'INFO', 'stopped'],
    [stopLine({ reason: 'refused', exitCode: 1, error: ERROR }), 'FATAL', 'stopped'],
  ];
  for (const [line, level, event] of rows) {
    assert.deepEqual([line.level, line.event], [level, event]);
  }
});

test('a timeout line carries the error, the phases and the lateness of the watchdog', () => {
  const line = invocationEndLine(
    invocationMoment({
      outcome: { kind: 'timeout', error: ERROR, headerType: 'Function.Timeout' },
      watchdogLateMs: 1.5,
    }),
  );

  assert.deepEqual(line.fields, {
    request_id: 'r-1',
    worker_id: 2,
    answer_status: 202,
    wait_ms: 12,
    dispatch_ms: 0.061,
    handler_ms: 3,
    respond_ms: 0.4,
    watchdog_late_ms: 1.5,
    error_type: ERROR.errorType,
    error_message: ERROR.errorMessage,
    trace: ERROR.trace,
  });
});

test('a line never holds the payload', () => {
  const line = invocationEndLine(invocationMoment());

  assert.doesNotMatch(JSON.stringify(line), /secret|body/);
});

test('a line names the attempt when the platform does', () => {
  const line = lateCauseLine({ requestId: 'r-1', invocationId: 'i-7' }, 'deadline');

  assert.deepEqual(line.fields, { request_id: 'r-1', invocation_id: 'i-7', cause: 'deadline' });
});
