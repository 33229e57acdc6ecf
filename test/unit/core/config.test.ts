import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/core/config.ts';

const LAMBDA = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001', _HANDLER: 'index.handler' };

const capacities = () => ({ cpuCount: 2, fileLimit: 4096 });

function configOf(env: Record<string, string>, handler?: string): ReturnType<typeof parseConfig> {
  return parseConfig({ env: { ...LAMBDA, ...env }, handler, workingFolder: '/work', capacities });
}

test('a plain environment gives the defaults', () => {
  assert.deepEqual(configOf({}), {
    runtimeApi: '127.0.0.1:9001',
    handler: undefined,
    taskRoots: ['/work'],
    isolation: 'shared',
    pipelining: 'auto',
    deadlineMarginMs: 100,
    standbyCount: 0,
    metricsPort: undefined,
    recycle: { afterInvocations: undefined, heapMb: undefined, ageS: undefined },
    stuckLimit: 2,
    restartLimit: 60,
    profileDir: undefined,
    isReporting: false,
    journal: undefined,
    typescript: false,
    compileCache: { folder: '/work/.bulkhead-cache', isNamed: false, root: '/work' },
    nodeOptions: undefined,
    functionMemoryMb: undefined,
    heapLimitMb: undefined,
    multiConcurrent: false,
    concurrency: { laneCount: 1, threadCount: 1, room: 1, cpuCount: 1, shortage: undefined },
    retryNeighbours: false,
    snapStart: false,
    logFormat: 'TEXT',
    consoleLevel: 'TRACE',
    supervisorLevel: 'INFO',
  });
});

test('SnapStart is what the platform says it is, and not with several events at once', () => {
  const env = { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' };
  assert.equal(configOf(env).snapStart, true);
  assert.equal(configOf({ AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' }).snapStart, false);
  assert.equal(configOf({ ...env, AWS_LAMBDA_MAX_CONCURRENCY: '4' }).snapStart, false);
});

test('outside Lambda the message names the command that works there', () => {
  assert.throws(
    () => parseConfig({ env: {}, handler: 'a.b', workingFolder: '/', capacities }),
    /AWS_LAMBDA_RUNTIME_API is not set.*bulkhead dev a\.b/,
  );
});

test('no handler anywhere is refused; an empty _HANDLER counts as none', () => {
  for (const _HANDLER of [undefined, '']) {
    const env = { AWS_LAMBDA_RUNTIME_API: 'h:1', _HANDLER };
    assert.throws(() => parseConfig({ env, handler: undefined, workingFolder: '/', capacities }), {
      errorType: 'Runtime.HandlerNotGiven',
    });
    assert.equal(
      parseConfig({ env, handler: 'x.y', workingFolder: '/', capacities }).handler,
      'x.y',
    );
  }
});

test('the working folder is searched before the task root, and only once', () => {
  assert.deepEqual(configOf({ LAMBDA_TASK_ROOT: '/var/task' }).taskRoots, ['/work', '/var/task']);
  assert.deepEqual(configOf({ LAMBDA_TASK_ROOT: '/work' }).taskRoots, ['/work']);
});

function checkStandby(env: Record<string, string>, expected: number): void {
  test(`${JSON.stringify(env)} means ${expected} standby`, () => {
    assert.equal(configOf(env).standbyCount, expected);
  });
}

checkStandby({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '511' }, 0);
checkStandby({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' }, 1);
checkStandby({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024', BULKHEAD_STANDBY: '0' }, 0);
checkStandby({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048', AWS_LAMBDA_MAX_CONCURRENCY: '10' }, 0);
checkStandby({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048', AWS_LAMBDA_MAX_CONCURRENCY: '1' }, 1);
checkStandby({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128', BULKHEAD_STANDBY: '2' }, 2);

test('a worker gets the memory of the function less what the process itself needs', () => {
  const heap = (mb: string): number | undefined =>
    configOf({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: mb }).heapLimitMb;
  assert.equal(heap('128'), 80);
  assert.equal(heap('1024'), 960);
  assert.equal(heap('64'), 48);
  assert.equal(heap('much'), undefined);
});

test('log settings are read in any case', () => {
  const json = configOf({ AWS_LAMBDA_LOG_FORMAT: 'Json', AWS_LAMBDA_LOG_LEVEL: 'warn' });
  assert.equal(json.logFormat, 'JSON');
  assert.equal(json.consoleLevel, 'WARN');
  assert.equal(json.supervisorLevel, 'WARN');
  assert.equal(configOf({ AWS_LAMBDA_LOG_LEVEL: 'loud' }).consoleLevel, 'TRACE');
});

test('with several events at once the log format is JSON, whatever the variable says', () => {
  const several = { AWS_LAMBDA_MAX_CONCURRENCY: '10', AWS_LAMBDA_LOG_FORMAT: 'Text' };
  assert.equal(configOf(several).logFormat, 'JSON');
});

for (const [verbose, level] of [
  ['1', 'DEBUG'],
  ['2', 'TRACE'],
  ['3', 'TRACE'],
  ['9', 'TRACE'],
  ['2abc', 'TRACE'],
  ['0', 'ERROR'],
  ['-1', 'ERROR'],
  ['abc', 'ERROR'],
  ['', 'ERROR'],
] as const) {
  test(`AWS_LAMBDA_RUNTIME_VERBOSE="${verbose}" makes the supervisor’s level ${level}`, () => {
    const env = { AWS_LAMBDA_RUNTIME_VERBOSE: verbose, AWS_LAMBDA_LOG_LEVEL: 'ERROR' };
    const { supervisorLevel, consoleLevel } = configOf(env);
    assert.deepEqual([supervisorLevel, consoleLevel], [level, 'ERROR']);
  });
}
