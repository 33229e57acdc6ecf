import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { toDeathOutcome, toDeathText } from '../../../src/guardian/death.ts';

test('a wait status is told in the words of the platform', () => {
  const texts: readonly (readonly [number, string])[] = [
    [0, 'Runtime exited without providing a reason'],
    [1, 'Runtime exited with error: exit status 1'],
    [7, 'Runtime exited with error: exit status 7'],
    [128, 'Runtime exited with error: exit status 128'],
    [134, 'Runtime exited with error: signal: aborted'],
    [137, 'Runtime exited with error: signal: killed'],
    [139, 'Runtime exited with error: signal: segmentation fault'],
    [128 + constants.signals.SIGBUS, 'Runtime exited with error: signal: bus error'],
    [128 + constants.signals.SIGILL, 'Runtime exited with error: signal: illegal instruction'],
    [128 + 64, 'Runtime exited with error: signal: signal 64'],
  ];
  for (const [status, text] of texts) assert.equal(toDeathText(status), text);
});

test('the answer names the invocation, and the header is the type', () => {
  assert.deepEqual(toDeathOutcome(139, 'r-1'), {
    kind: 'crash',
    error: {
      errorType: 'Runtime.ExitError',
      errorMessage: 'RequestId: r-1 Error: Runtime exited with error: signal: segmentation fault',
      trace: [],
    },
    headerType: 'Runtime.ExitError',
  });
});
