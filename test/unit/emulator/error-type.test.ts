import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toPlatformErrorType } from '../../../src/emulator/error-type.ts';

const ROWS: readonly (readonly [string | undefined, string])[] = [
  ['Runtime.ExitError', 'Runtime.ExitError'],
  ['Function.TypeError', 'Function.TypeError'],
  ['prefix Function.TypeError suffix', 'prefix Function.TypeError suffix'],
  ['Function.lower', 'Function.Unknown'],
  ['Function.', 'Function.Unknown'],
  ['Function.X', 'Function.Unknown'],
  ['Runtime.x', 'Runtime.Unknown'],
  ['TypeError', 'Runtime.Unknown'],
  ['Sandbox.Timedout', 'Runtime.Unknown'],
  ['', 'Runtime.Unknown'],
  [undefined, 'Runtime.Unknown'],
];

for (const [value, expected] of ROWS) {
  test(`the error type ${JSON.stringify(value)} is filed as ${expected}`, () => {
    assert.equal(toPlatformErrorType(value), expected);
  });
}
