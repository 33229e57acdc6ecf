import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogSetup } from '../../../../src/core/thread-protocol.ts';
import { installConsole, type PatchableConsole } from '../../../../workers/logs/console-capture.ts';
import { toLine } from '../../../../workers/logs/log-format.ts';

function install(setup: Pick<LogSetup, 'format' | 'level'>) {
  const lines: string[] = [];
  const target = {} as PatchableConsole & { fatal: PatchableConsole['log'] };
  let context = { requestId: '-', tenantId: undefined as string | undefined };
  const { logError, logWarning } = installConsole({
    setup,
    sink: { write: (record) => void lines.push(toLine(record)) },
    currentContext: () => context,
    target,
  });
  const serve = (requestId: string, tenantId?: string): void => {
    context = { requestId, tenantId };
  };
  return { target, lines, logError, logWarning, serve };
}

test('installConsole() gives each method its level', () => {
  const { target, lines } = install({ format: 'TEXT', level: 'TRACE' });

  for (const name of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'log'] as const) {
    target[name]('x %s', name);
  }

  assert.deepEqual(
    lines.map((line) => line.split('\t').slice(1).join('|')),
    [
      '-|TRACE|x trace\n',
      '-|DEBUG|x debug\n',
      '-|INFO|x info\n',
      '-|WARN|x warn\n',
      '-|ERROR|x error\n',
      '-|FATAL|x fatal\n',
      '-|INFO|x log\n',
    ],
  );
  assert.equal(target.log, target.info);
  assert.match(lines[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t/);
});

test('installConsole() silences what is below the level', () => {
  const { target, lines, logError } = install({ format: 'TEXT', level: 'FATAL' });

  target.log('no');
  target.error('no');
  logError('Invoke Error', new Error('no'));
  target.fatal('yes');

  assert.equal(lines.length, 1);
  assert.equal(target.error, target.log);
});

test('installConsole() asks for the context at each line', () => {
  const { target, lines, serve } = install({ format: 'JSON', level: 'INFO' });

  target.log('before');
  serve('r-1', 'blue');
  target.log('during');

  const parsed = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    parsed.map(({ requestId, tenantId }) => [requestId, tenantId]),
    [
      ['-', undefined],
      ['r-1', 'blue'],
    ],
  );
});

test('logError() writes the runtime’s own line in the configured format', () => {
  const error = Object.assign(new Error('m'), { stack: 'Error: m' });
  const text = install({ format: 'TEXT', level: 'ERROR' });
  const json = install({ format: 'JSON', level: 'ERROR' });

  text.logError('Init Error', error);
  json.logError('Init Error', error);

  const printed = '{"errorType":"Error","errorMessage":"m","stack":["Error: m"]}';
  assert.match(text.lines[0] ?? '', /\t-\tERROR\tInit Error \t\{/);
  assert.ok(text.lines[0]?.endsWith(`\t${printed}\n`));
  assert.equal(JSON.parse(json.lines[0] ?? '').message.errorMessage, 'm');
});

test('logWarning() writes a line for the invocation it is given, at the level WARN', () => {
  const blue = { requestId: 'r-1', tenantId: 'blue' };
  const text = install({ format: 'TEXT', level: 'WARN' });
  const json = install({ format: 'JSON', level: 'WARN' });
  const silent = install({ format: 'TEXT', level: 'ERROR' });
  for (const { serve, logWarning } of [text, json, silent]) {
    serve('r-2');
    logWarning(blue, 'left behind');
  }

  assert.match(text.lines[0] ?? '', /Z\tr-1\tWARN\tleft behind\n$/);
  const { timestamp: _, ...line } = JSON.parse(json.lines[0] ?? '');
  assert.deepEqual(line, {
    level: 'WARN',
    requestId: 'r-1',
    tenantId: 'blue',
    message: 'left behind',
  });
  assert.deepEqual(silent.lines, []);
});

/** What tools that report errors do: they wrap console.error and call the original. */
function wrapError(target: PatchableConsole): unknown[][] {
  const seen: unknown[][] = [];
  const { error: original } = target;
  target.error = (...args) => {
    seen.push(args);
    original.apply(target, args as [unknown]);
  };
  return seen;
}

test('logError() goes through a console.error of the user’s, with the same line in the end', () => {
  const cause = Object.assign(new RangeError('why'), { stack: 'RangeError: why' });
  const error = Object.assign(new Error('m', { cause }), { stack: 'Error: m' });
  for (const format of ['TEXT', 'JSON'] as const) {
    const [plain, wrapped] = [0, 1].map(() => install({ format, level: 'TRACE' }));
    assert.ok(plain !== undefined && wrapped !== undefined);
    const seen = wrapError(wrapped.target);

    plain.logError('Invoke Error', error);
    wrapped.logError('Invoke Error', error);

    const withoutTime = (line: string | undefined): string | undefined =>
      line?.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, '');
    assert.equal(withoutTime(wrapped.lines[0]), withoutTime(plain.lines[0]));
    assert.match(wrapped.lines[0] ?? '', /"cause":\{"errorType":"RangeError"/);
    const [args] = seen;
    if (format === 'JSON') assert.deepEqual(args, [error]);
    else assert.deepEqual(args?.[0], 'Invoke Error');
  }
});

test('logError() writes the line itself when a console.error of the user’s throws', () => {
  const { target, lines, logError } = install({ format: 'TEXT', level: 'TRACE' });
  target.error = () => {
    throw new Error('broken');
  };

  logError('Invoke Error', 'thrown');

  assert.match(lines[0] ?? '', /\tERROR\tInvoke Error \t\{.*"thrown"/);
});
