import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/telemetry/logger.ts';

function capture(level: 'TRACE' | 'INFO' | 'FATAL') {
  const written: string[] = [];
  const log = createLog({ level, write: (line) => written.push(line) });
  return { written, log };
}

test('write() writes one whole JSON line, at once', () => {
  const { written, log } = capture('INFO');

  log.write({
    level: 'WARN',
    event: 'answer_refused',
    message: 'Late\nanswer',
    fields: { request_id: 'r-1', status: 410 },
  });

  assert.equal(written.length, 1);
  const [line = ''] = written;
  assert.match(line, /^[^\n]*\n$/);
  const { timestamp, ...rest } = JSON.parse(line) as Record<string, unknown>;
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, {
    level: 'WARN',
    logger: 'bulkhead',
    event: 'answer_refused',
    request_id: 'r-1',
    status: 410,
    message: 'Late\nanswer',
  });
});

test('write() drops what is below the level and passes() says so before', () => {
  const { written, log } = capture('INFO');

  for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const) {
    log.write({ level, event: 'e', message: 'm', fields: {} });
  }

  const levels = written.map((line) => (JSON.parse(line) as { level: string }).level);
  assert.deepEqual(levels, ['INFO', 'WARN', 'ERROR', 'FATAL']);
  assert.equal(log.passes('DEBUG'), false);
  assert.equal(log.passes('INFO'), true);
});

test('every level, TRACE included, reaches the writer when TRACE is asked for', () => {
  const { written, log } = capture('TRACE');

  log.write({ level: 'TRACE', event: 'e', message: 'm', fields: {} });

  assert.equal(written.length, 1);
});
