// The AWS SDK against an emulator, and a runtime that answers by a function of the test.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import {
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaServiceException,
} from '@aws-sdk/client-lambda';

import type { Emulator, EmulatorOptions } from '../../../../src/emulator/emulator.ts';
import { sdkClient } from '../../../support/sdk-client.ts';
import { type RawReply, runScripted, startBare } from './raw-runtime.ts';

export const INVOKE = '/2015-03-31/functions/function/invocations';

export type Seeing = Emulator & { readonly seen: readonly RawReply[] };
export type Send = (
  input: InvokeCommandInput,
) => Promise<import('@aws-sdk/client-lambda').InvokeCommandOutput>;

/** An emulator with a scripted runtime; `seen` are the events it got. */
export async function startScripted(
  t: TestContext,
  options: EmulatorOptions = {},
  handle: (event: RawReply) => string = (event) => event.text,
): Promise<{ readonly emulator: Seeing; readonly send: Send }> {
  const emulator = await startBare(t, options);
  const seen: RawReply[] = [];
  void runScripted(emulator, (event) => {
    seen.push(event);
    return handle(event);
  });
  return { emulator: Object.assign(emulator, { seen }), send: clientOf(t, emulator) };
}

export function clientOf(t: TestContext, emulator: Emulator): Send {
  const client = sdkClient(emulator.url);
  t.after(() => client.destroy());
  return (input) => client.send(new InvokeCommand(input));
}

export async function assertRefused(
  sent: Promise<unknown>,
  expected: { readonly name: string; readonly status: number },
): Promise<LambdaServiceException> {
  try {
    await sent;
  } catch (error) {
    const refusal = error as LambdaServiceException;
    assert.equal(refusal.name, expected.name);
    assert.equal(refusal.$metadata.httpStatusCode, expected.status);
    return refusal;
  }
  return assert.fail('the call was not refused');
}

export function hostOf(emulator: Emulator): string {
  return emulator.url.slice('http://'.length);
}
