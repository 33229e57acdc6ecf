import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Capacities,
  type Concurrency,
  planConcurrency,
  type Sharing,
} from '../../../src/core/concurrency.ts';

type Asked = {
  readonly lanes?: string;
  readonly threads?: string;
  readonly sharing?: Sharing;
} & Partial<Capacities>;

function plan({ lanes, threads, sharing = 'several', ...given }: Asked): Concurrency {
  const env: Record<string, string> = {};
  if (lanes !== undefined) env['AWS_LAMBDA_MAX_CONCURRENCY'] = lanes;
  if (threads !== undefined) env['AWS_LAMBDA_NODEJS_WORKER_COUNT'] = threads;
  const machine = { cpuCount: 2, fileLimit: 4096, functionMemoryMb: undefined, ...given };
  return planConcurrency(env, () => machine, sharing);
}

test('without the variable there is one lane, and nobody asks the machine', () => {
  const ask = (): never => assert.fail('the machine is not asked');
  const one = { laneCount: 1, threadCount: 1, room: 1, cpuCount: 1, shortage: undefined };
  assert.deepEqual(planConcurrency({}, ask, 'several'), one);
  const count = { AWS_LAMBDA_NODEJS_WORKER_COUNT: '4' };
  assert.deepEqual(planConcurrency(count, ask, 'several'), one);
});

test('threads are 8 for each processor, and no more than there are events', () => {
  assert.deepEqual(plan({ lanes: '64' }), {
    laneCount: 64,
    threadCount: 16,
    room: 4,
    cpuCount: 2,
    shortage: undefined,
  });
  assert.equal(plan({ lanes: '64', cpuCount: 1 }).threadCount, 8);
  assert.deepEqual(plan({ lanes: '10' }), {
    laneCount: 10,
    threadCount: 10,
    room: 1,
    cpuCount: 2,
    shortage: undefined,
  });
  assert.equal(plan({ lanes: '1' }).threadCount, 1);
  assert.equal(plan({ lanes: '1000' }).room, 63);
});

test('AWS_LAMBDA_NODEJS_WORKER_COUNT is the number of threads, and an empty one is none', () => {
  assert.equal(plan({ lanes: '64', threads: '3' }).threadCount, 3);
  assert.equal(plan({ lanes: '64', threads: '3' }).room, 22);
  assert.equal(plan({ lanes: '2', threads: '3' }).threadCount, 2);
  assert.equal(plan({ lanes: '64', threads: '' }).threadCount, 16);
});

test('an empty AWS_LAMBDA_MAX_CONCURRENCY takes as many events as there are threads', () => {
  assert.equal(plan({ lanes: '' }).laneCount, 16);
  assert.equal(plan({ lanes: '', threads: '5' }).laneCount, 5);
});

test('values that are no number of events or threads are refused by name', () => {
  for (const value of ['0', '-1', 'abc', '1.5', '10001', '1e3', '99999999999']) {
    assert.throws(() => plan({ lanes: value }), {
      errorType: 'Runtime.InvalidSetting',
      message: `Cannot use AWS_LAMBDA_MAX_CONCURRENCY="${value}": it accepts a whole number from 1 to 10000`,
    });
  }
  for (const value of ['0', '-1', 'NaN', '1001']) {
    assert.throws(() => plan({ lanes: '4', threads: value }), {
      errorType: 'Runtime.InvalidSetting',
      message: `Cannot use AWS_LAMBDA_NODEJS_WORKER_COUNT="${value}": it accepts a whole number from 1 to 1000`,
    });
  }
});

test('little memory has fewer threads, so that each can load a handler', () => {
  assert.equal(plan({ lanes: '64', functionMemoryMb: 2048 }).threadCount, 16);
  assert.equal(plan({ lanes: '64', functionMemoryMb: 512 }).threadCount, 7);
  assert.equal(plan({ lanes: '64', functionMemoryMb: 64 }).threadCount, 1);
  assert.equal(plan({ lanes: '64', threads: '12', functionMemoryMb: 512 }).threadCount, 12);
});

test('open files are budgeted: a thousand lanes fit, ten thousand do not, and that is told', () => {
  assert.equal(plan({ lanes: '1000' }).shortage, undefined);
  const many = plan({ lanes: '10000' });
  assert.equal(many.laneCount, 4096 - 512 - 16 * 10);
  assert.equal(
    many.shortage,
    `Takes ${many.laneCount} events at once instead of AWS_LAMBDA_MAX_CONCURRENCY=10000: the process may open 4096 files`,
  );
  assert.equal(plan({ lanes: '1000', fileLimit: undefined }).laneCount, 1000);
  assert.deepEqual(plan({ lanes: '64', fileLimit: 100 }), {
    laneCount: 1,
    threadCount: 1,
    room: 1,
    cpuCount: 2,
    shortage:
      'Takes 1 events at once instead of AWS_LAMBDA_MAX_CONCURRENCY=64: the process may open 100 files',
  });
});

test('one invocation in each thread takes as many threads as events, as far as memory goes', () => {
  const all = plan({ lanes: '40', sharing: 'one' });
  assert.deepEqual(all, {
    laneCount: 40,
    threadCount: 40,
    room: 1,
    cpuCount: 2,
    shortage: undefined,
  });
  const few = plan({ lanes: '40', threads: '8', sharing: 'one' });
  assert.equal(few.laneCount, 8);
  assert.match(few.shortage ?? '', /8 events at once instead of .*=40: 8 threads take one each/);
  assert.equal(plan({ lanes: '40', sharing: 'one', functionMemoryMb: 512 }).threadCount, 7);
});

test('without isolation there is one at a time', () => {
  const one = plan({ lanes: '8', sharing: 'main' });
  assert.equal(one.laneCount, 1);
  assert.match(one.shortage ?? '', /BULKHEAD_ISOLATION=none has the main thread alone/);
});
