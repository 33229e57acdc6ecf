import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../../src/cli/arguments.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import {
  type FunctionOptions,
  readConcurrency,
  readFunctionOptions,
  readPort,
} from '../../../src/cli/function-options.ts';

function parse(words: string[]) {
  const dev = COMMANDS.find(({ name }) => name === 'dev');
  assert.ok(dev);
  return parseArguments(dev, ['app.handler', ...words]);
}

function read(words: string[], inherited: Record<string, string> = {}): FunctionOptions {
  return readFunctionOptions(parse(words), inherited);
}

function checkRefused(run: () => unknown, message: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof CliError);
    assert.deepEqual([error.exitCode, error.message], [2, message]);
    return true;
  });
}

test('without flags the function has 3 s, 1024 MB and no compile cache', () => {
  const { timeoutMs, memoryMb, env } = read([]);

  assert.deepEqual(
    { timeoutMs, memoryMb, env },
    { timeoutMs: 3000, memoryMb: 1024, env: { BULKHEAD_COMPILE_CACHE: 'off' } },
  );
});

test('a compile cache is what the environment says, or what the command does', () => {
  const inherited = { BULKHEAD_COMPILE_CACHE: '.bulkhead-cache' };

  assert.deepEqual(read([], inherited).env, {});
  assert.deepEqual(readFunctionOptions(parse([]), {}, {}).env, {});
});

test('flags become numbers, variables and settings', () => {
  const options = read([
    ...['--timeout', '0.5', '--memory', '256', '--env', 'URL=http://a/?b=c', '--env', 'EMPTY='],
    ...['--standby', '2', '--isolation', 'none', '--deadline-margin-ms', '50'],
  ]);

  assert.equal(options.timeoutMs, 500);
  assert.equal(options.memoryMb, 256);
  assert.deepEqual(options.env, {
    BULKHEAD_COMPILE_CACHE: 'off',
    URL: 'http://a/?b=c',
    EMPTY: '',
    BULKHEAD_STANDBY: '2',
    BULKHEAD_ISOLATION: 'none',
    BULKHEAD_DEADLINE_MARGIN_MS: '50',
  });
  assert.equal(options.settings.standby, 2);
});

test('a bad value is refused with its flag and what it accepts', () => {
  const rows: [string[], string][] = [
    [
      ['--timeout', '0'],
      'Cannot use --timeout "0": it accepts a number of seconds from 0.1 to 900',
    ],
    [
      ['--timeout', '3s'],
      'Cannot use --timeout "3s": it accepts a number of seconds from 0.1 to 900',
    ],
    [
      ['--memory', '128.5'],
      'Cannot use --memory "128.5": it accepts a whole number of MB from 128 to 10240',
    ],
    [['--env', 'NAME'], 'Cannot use --env "NAME": it accepts NAME=VALUE'],
    [['--env', '=x'], 'Cannot use --env "=x": it accepts NAME=VALUE'],
    [['--standby', '99'], 'Cannot use --standby "99": it accepts a whole number from 0 to 16'],
    [['--standby', ''], 'Cannot use --standby "": it accepts a whole number from 0 to 16'],
  ];
  for (const [words, message] of rows) checkRefused(() => read(words), message);
});

test('an unknown or bad setting in the environment is refused with its variable', () => {
  assert.throws(
    () => read([], { BULKHEAD_STANBY: '1' }),
    /^CliError: .*"BULKHEAD_STANBY".*BULKHEAD_STANDBY/,
  );
  assert.throws(
    () => read([], { BULKHEAD_STANDBY: 'x' }),
    /BULKHEAD_STANDBY="x": it accepts a whole/,
  );
  assert.throws(() => read(['--env', 'BULKHEAD_X=1']), /"BULKHEAD_X"/);
});

test('readPort() reads a port and refuses anything else', () => {
  assert.equal(readPort(parse([]), '--port', 9000), 9000);
  assert.equal(readPort(parse(['--port', '0']), '--port', 9000), 0);
  for (const text of ['65536', '-1', 'http', '']) {
    checkRefused(
      () => readPort(parse([`--port=${text}`]), '--port', 9000),
      `Cannot use --port "${text}": it accepts a port from 0 to 65535`,
    );
  }
});

test('readConcurrency() reads a number of events and refuses anything else', () => {
  assert.equal(readConcurrency(parse([])), undefined);
  assert.equal(readConcurrency(parse(['--concurrency', '1'])), 1);
  assert.equal(readConcurrency(parse(['--concurrency', '1000'])), 1000);
  for (const text of ['0', '1001', '-1', '1.5', 'many', '']) {
    checkRefused(
      () => readConcurrency(parse([`--concurrency=${text}`])),
      `Cannot use --concurrency "${text}": it accepts a whole number of events from 1 to 1000`,
    );
  }
});
