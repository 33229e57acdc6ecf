import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionErrorType } from '../../../src/core/error-type.ts';

function checkType(name: string, expected: string): void {
  test(`functionErrorType() gives ${expected} for ${JSON.stringify(name.slice(0, 40))}`, () => {
    assert.equal(functionErrorType(name), expected);
  });
}

checkType('Runtime.ImportModuleError', 'Runtime.ImportModuleError');
checkType('Function.ResponseSizeTooLarge', 'Function.ResponseSizeTooLarge');
checkType('Error', 'Function.Error');
checkType('TypeError', 'Function.TypeError');
checkType('', 'Function.Unknown');
checkType('E', 'Function.Unknown');
checkType('string', 'Function.Unknown');
checkType('Sandbox.Timedout', 'Function.Unknown');
checkType('Runtime.', 'Function.Unknown');
checkType('Runtime.lower', 'Function.Unknown');
checkType('Runtime.A', 'Function.Unknown');
checkType('Http404Error', 'Function.Unknown');
checkType('Function.X.Y', 'Function.Unknown');
checkType('Error\n', 'Function.Unknown');
checkType('Error\r\nx-injected: 1', 'Function.Unknown');
checkType('エラー', 'Function.Unknown');
checkType(`E${'r'.repeat(1_000_000)}`, 'Function.Unknown');
