import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorOutcome } from '../../../src/core/outcome.ts';
import type { RestartMoment } from '../../../src/core/telemetry-port.ts';
import type { LogLine } from '../../../src/telemetry/logger.ts';
import {
  initLine,
  invocationDecidedLine,
  invocationEndLine,
  invocationStartLine,
  lateCauseLine,
  restartLine,
  runtimeApiLine,
  stopLine,
  workerEndLine,
  workerStartLine,
} from '../../../src/telemetry/moment-lines.ts';
import { ERROR, invocationMoment, KEY } from './moments.ts';

const RESTART: RestartMoment = {
  death: 'Runtime exited with error: signal: killed',
  isWanted: false,
  answered: [{ key: KEY, status: 202 }],
  damagedCount: 0,
};

function outcomeOf(kind: ErrorOutcome['kind']): ErrorOutcome {
  return { kind, error: ERROR, headerType: 'Function.Timeout' };
}

function decidedLine(kind: ErrorOutcome['kind']): LogLine {
  return invocationDecidedLine(invocationMoment({ outcome: outcomeOf(kind) }));
}

function endLine(kind: ErrorOutcome['kind']): LogLine {
  return invocationEndLine(invocationMoment({ outcome: outcomeOf(kind) }));
}

test('healthy moments stay below INFO', () => {
  const lines = [
    initLine({ ok: true, durationMs: 40 }),
    invocationStartLine(KEY),
    invocationEndLine(invocationMoment()),
    endLine('failure'),
    endLine('timeout'),
    lateCauseLine(KEY, 'crash'),
    workerStartLine({ slotId: 1, role: 'active', ok: true, durationMs: 40 }),
    workerEndLine({ slotId: 1, cause: 'drain', invocations: 9, stuck: false }),
  ];
  for (const { level, event } of lines) assert.ok(['TRACE', 'DEBUG'].includes(level), event);
});

test('the level and the name of a line do not change: operators search for them', () => {
  const rows: [LogLine, string, string][] = [
    [initLine({ ok: false, durationMs: 4, error: ERROR }), 'DEBUG', 'init_failed'],
    [decidedLine('timeout'), 'ERROR', 'invocation_timeout'],
    [decidedLine('crash'), 'ERROR', 'invocation_crash'],
    [decidedLine('drain'), 'WARN', 'invocation_stopped'],
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
    [
      workerEndLine({ slotId: 1, cause: 'memory', invocations: 9, stuck: false }),
      'WARN',
      'worker_ended',
    ],
    [runtimeApiLine({ event: 'refused', status: 410, detail: 'd' }), 'WARN', 'answer_refused'],
    [runtimeApiLine({ event: 'retry', detail: 'd' }), 'WARN', 'runtime_api_retry'],
    [runtimeApiLine({ event: 'unreachable', detail: 'd' }), 'ERROR', 'runtime_api_unreachable'],
    [runtimeApiLine({ event: 'init_error_failed', detail: 'd' }), 'ERROR', 'init_error_not_posted'],
    [restartLine(RESTART), 'ERROR', 'runtime_restarted'],
    [restartLine({ ...RESTART, isWanted: true }), 'WARN', 'runtime_restarted'],
    [stopLine({ reason: 'SIGTERM', exitCode: 0 }), 'INFO', 'stopped'],
    [stopLine({ reason: 'refused', exitCode: 1, error: ERROR }), 'FATAL', 'stopped'],
  ];
  for (const [line, level, event] of rows) {
    assert.deepEqual([line.level, line.event], [level, event]);
  }
});

test('a timeout line carries where it was, the error, the phases and the profile', () => {
  const line = invocationDecidedLine(
    invocationMoment({
      outcome: {
        kind: 'timeout',
        error: ERROR,
        headerType: 'Function.Timeout',
        where: 'busy in spin (/var/task/app.mjs:3:9)',
      },
      watchdogLateMs: 1.5,
      profilePath: '/tmp/a.cpuprofile',
    }),
  );

  assert.equal(line.message, 'Invocation timed out, busy in spin (/var/task/app.mjs:3:9)');
  assert.deepEqual(line.fields, {
    request_id: 'r-1',
    worker_id: 2,
    wait_ms: 12,
    dispatch_ms: 0.061,
    handler_ms: 3,
    watchdog_late_ms: 1.5,
    error_type: ERROR.errorType,
    error_message: ERROR.errorMessage,
    trace: ERROR.trace,
    profile_path: '/tmp/a.cpuprofile',
  });
});

test('what became of the answer is told by itself when its line came before', () => {
  const { event, fields } = endLine('timeout');

  assert.equal(event, 'answer_taken');
  assert.deepEqual(fields, { request_id: 'r-1', answer_status: 202, respond_ms: 0.4 });
  assert.equal(endLine('failure').fields['answer_status'], 202);
});

test('a timeout before any handler ran says so', () => {
  assert.equal(decidedLine('timeout').message, 'Invocation timed out, no handler was running');
});

test('a line never holds the payload', () => {
  const line = invocationEndLine(invocationMoment());

  assert.doesNotMatch(JSON.stringify(line), /secret|body/);
});

test('a line names the attempt when the platform does', () => {
  const line = lateCauseLine({ requestId: 'r-1', invocationId: 'i-7' }, 'deadline');

  assert.deepEqual(line.fields, { request_id: 'r-1', invocation_id: 'i-7', cause: 'deadline' });
});

test('a restart names what died and each invocation that was answered in its place', () => {
  const unheard = { key: { requestId: 'r-2', invocationId: 'i-2' }, status: undefined };
  const answered = [...RESTART.answered, unheard];
  const line = restartLine({ ...RESTART, answered, damagedCount: 1 });

  assert.match(line.message, /Runtime exited with error: signal: killed$/);
  assert.deepEqual(line.fields, {
    answered: [
      { request_id: 'r-1', answer_status: 202 },
      { request_id: 'r-2', invocation_id: 'i-2', answer_status: null },
    ],
    unreadable_records: 1,
  });
  const wanted = restartLine({ ...RESTART, isWanted: true, answered: [] });
  assert.match(wanted.message, /the process before asked for it$/);
  assert.deepEqual(wanted.fields, { answered: [] });
});
