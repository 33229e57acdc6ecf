// The concurrent scenarios under AWS's emulator, where there is one, and where it can be given the
// file system that it needs.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findProgram } from './aws-host.ts';
import { toSharedAwsHost } from './concurrent/aws-host.ts';
import { findNamespace, type Namespace, type NoNamespace } from './concurrent/mount-namespace.ts';
import { testSharedScenarios } from './concurrent/scenario.ts';
import { SHARED_SCENARIOS } from './concurrent/scenarios.ts';

const program = findProgram();
const namespace: Namespace | NoNamespace =
  program === undefined
    ? {
        why: 'no aws-lambda-rie: it is not on PATH, and AWS_LAMBDA_RIE does not name one',
        isSurprising: true,
      }
    : findNamespace();

if (program !== undefined && 'enter' in namespace) {
  testSharedScenarios(toSharedAwsHost(program, namespace), SHARED_SCENARIOS);
} else if (!('enter' in namespace)) {
  const { why, isSurprising } = namespace;
  const inGate = Boolean(process.env['CI']) && process.env['REQUIRE_RIE'] === '1';
  const isRequired = process.env['REQUIRE_RIE_INSTANCES'] === '1' || (inGate && isSurprising);
  test("AWS's emulator: several events at once", { skip: isRequired ? false : why }, () => {
    assert.fail(why);
  });
}
