import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LogTail, toEndLines, toStartLine } from '../../../src/emulator/log-tail.ts';

test('the tail is the last 4096 bytes', () => {
  const tail = new LogTail();
  for (let index = 0; index < 1000; index += 1) tail.writeLine(`line ${index}`);

  const bytes = tail.toBytes();

  assert.equal(bytes.length, 4096);
  assert.ok(bytes.toString().endsWith('line 998\nline 999\n'));
});

test('the tail does not begin in the middle of a character', () => {
  for (let shift = 0; shift < 4; shift += 1) {
    const tail = new LogTail();
    tail.writeLine('€'.repeat(2000) + 'x'.repeat(shift));

    assert.ok(!tail.toBytes().toString().includes('\uFFFD'));
    assert.ok(tail.toBytes().length > 4096 - 4);
  }
});

test('the closing lines have the fields of Lambda in its order', () => {
  const report = { requestId: 'id', durationMs: 1.234, memoryMb: 256 };

  assert.equal(toStartLine('id'), 'START RequestId: id Version: $LATEST');
  assert.deepEqual(
    toEndLines({ ...report, initDurationMs: undefined, status: 'success', errorType: undefined }),
    [
      'END RequestId: id',
      'REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 256 MB',
    ],
  );
  const [, failed = ''] = toEndLines({
    ...report,
    initDurationMs: 10.5,
    status: 'error',
    errorType: 'Function.Unknown',
  });
  assert.ok(failed.includes('Billed Duration: 12 ms'));
  assert.ok(
    failed.endsWith('Init Duration: 10.50 ms\tStatus: error\tError Type: Function.Unknown'),
  );
});
