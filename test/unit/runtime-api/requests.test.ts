import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIPELINED_BODY_BYTES_MAX } from '../../../src/core/limits.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import { toAnswer } from '../../../src/runtime-api/requests.ts';

const KEY = { requestId: 'r/1', invocationId: 'i-1' };

function timeout(trace: readonly string[]): Outcome {
  const error = { errorType: 'Sandbox.Timedout', errorMessage: 'm', trace: [...trace] };
  return { kind: 'timeout', error, headerType: 'Sandbox.Timedout' };
}

test('an answer names the invocation and the attempt', () => {
  const { path, headers } = toAnswer(KEY, timeout([]));

  assert.equal(path, '/2018-06-01/runtime/invocation/r%2F1/error');
  assert.equal(headers[headers.indexOf('lambda-runtime-invocation-id') + 1], 'i-1');
});

test('a small answer may be followed by the poll at once, a large one may not', () => {
  const large = 'x'.repeat(PIPELINED_BODY_BYTES_MAX + 1);
  const success = (text: string): Outcome => ({
    kind: 'success',
    body: new TextEncoder().encode(text),
  });
  const answers = [success('1'), success(large), timeout([]), timeout([large])];

  const may = answers.map((outcome) => toAnswer(KEY, outcome).isPipelined);

  assert.deepEqual(may, [true, false, true, false]);
});
