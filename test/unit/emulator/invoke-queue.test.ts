import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '../../../src/emulator/emulator-options.ts';
import { Invocation } from '../../../src/emulator/invocation.ts';
import { toInvokeRequest } from '../../../src/emulator/invoke-options.ts';
import { InvokeQueue } from '../../../src/emulator/invoke-queue.ts';

test('invocations run one at a time, in the order in which they came', async () => {
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = new InvokeQueue(async ({ requestId }) => {
    seen.push(`${requestId} begins`);
    await gate.promise;
    seen.push(`${requestId} ends`);
  }, 5);

  queue.submit(make('a'));
  queue.submit(make('b'));
  assert.equal(queue.openCount, 2);
  gate.resolve();
  await queue.between(async () => {
    seen.push('between');
  });

  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends', 'between']);
  assert.equal(queue.openCount, 0);
});

test('the bound counts those that wait, not the one that runs', () => {
  const queue = new InvokeQueue(() => new Promise(() => {}), 1);

  assert.deepEqual(
    ['a', 'b', 'c'].map((id) => queue.submit(make(id))?.status),
    [undefined, undefined, 429],
  );
});

test('a run that fails is answered, and the next one runs', async () => {
  const queue = new InvokeQueue(async ({ requestId }) => {
    if (requestId === 'a') throw new Error('broken');
  }, 5);
  const first = make('a');

  queue.submit(first);
  queue.submit(make('b'));

  const answer = await first.answered;
  assert.deepEqual([answer.status, answer.errorType], [500, 'ServiceException']);
  await first.ended;
  await queue.between(async () => {});
  assert.equal(queue.openCount, 0);
});

test('a job between invocations that fails is its caller’s business', async () => {
  const queue = new InvokeQueue(async (invocation) => invocation.end(), 5);

  await assert.rejects(
    queue.between(async () => {
      throw new Error('mine');
    }),
    /mine/,
  );

  const invocation = make('a');
  assert.equal(queue.submit(invocation), undefined);
  await invocation.ended;
});

function make(requestId: string): Invocation {
  return new Invocation(toInvokeRequest({}, { requestId }, parseOptions({})));
}
