// The scenarios under AWS's emulator, where there is one.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findProgram, toAwsHost } from './aws-host.ts';
import { testScenarios } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

const program = findProgram();
const isRequired = Boolean(process.env['CI']) && process.env['REQUIRE_RIE'] === '1';

if (program !== undefined) {
  testScenarios(toAwsHost(program), SCENARIOS);
} else {
  const why = 'no aws-lambda-rie: it is not on PATH, and AWS_LAMBDA_RIE does not name one';
  for (const { name } of SCENARIOS) {
    test(`AWS's emulator: ${name}`, { skip: isRequired ? false : why }, () => assert.fail(why));
  }
}
