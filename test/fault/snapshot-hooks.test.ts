// A snapshot hook that fails, in each way that user code can: what the platform is told, and that
// the process ends.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  Emulator,
  type EmulatorOptions,
  type RuntimeExchange,
} from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';
import { type RunningFunction, startFunction } from '../support/start-function.ts';

type Told = { readonly errorType: string; readonly errorMessage: string };

/** What the hook does, and what is told of it. */
const WAYS: readonly (readonly [way: string, message: RegExp])[] = [
  ['throws', /^TypeError: no database$/],
  ['rejects', /^TypeError: no database$/],
  ['vain', /^Runtime\.NodeJsExit: A snapshot hook waits for a promise that can never settle/],
  ['exits', /^Runtime\.WorkerError: .*exit status 3/],
  ['uncaught', /^Runtime\.WorkerError: .*in a timer/],
];

function start(
  context: TestContext,
  hook: string,
  options: EmulatorOptions = {},
): Promise<RunningFunction> {
  const env = { SNAPSTART_HOOK: hook, ...options.env };
  const all = { snapStart: true, timeoutMs: 10_000, ...options, env };
  return startFunction(context, 'snapstart.handler', all);
}

function tellOf({ requestBody, requestHeaders, status }: RuntimeExchange): Told {
  const told = JSON.parse(Buffer.from(requestBody).toString()) as Told;
  assert.equal(status, 202);
  assert.equal(requestHeaders['lambda-runtime-function-error-type'], told.errorType);
  return told;
}

function namesOf({ emulator }: RunningFunction): readonly string[] {
  return emulator.exchanges.map(({ endpoint }) => endpoint);
}

for (const [way, message] of WAYS) {
  test(`a before-snapshot hook that ${way} is the init error`, async (context) => {
    const run = await start(context, `before ${way}`);
    const { payload, functionError } = await run.emulator.invoke({});
    assert.equal(functionError, 'Unhandled');
    const posted = await run.emulator.waitForExchange(({ endpoint }) => endpoint === 'initError');
    const told = tellOf(posted);
    assert.deepEqual(payload, told, 'the caller gets it');
    assert.equal(told.errorType, 'Runtime.BeforeSnapshotError');
    assert.match(told.errorMessage, message);
    assert.deepEqual(namesOf(run), ['initError'], 'no snapshot is offered, nothing is polled');
  });

  test(`an after-restore hook that ${way} is the restore error`, async (context) => {
    const run = await start(context, `after ${way}`);
    await run.emulator.waitForSnapshot();
    const { payload, functionError } = await run.emulator.invoke({});
    assert.equal(functionError, 'Unhandled');
    const posted = await run.emulator.waitForExchange(
      ({ endpoint }) => endpoint === 'restoreError',
    );
    const told = tellOf(posted);
    assert.deepEqual(payload, told, 'the caller gets it');
    assert.equal(told.errorType, 'Runtime.AfterRestoreError');
    assert.match(told.errorMessage, message);
    assert.deepEqual(namesOf(run), ['restoreNext', 'restoreError']);
    const platform = run.log.filter(({ source }) => source === 'platform');
    assert.match(
      platform[1]?.line ?? '',
      /^RESTORE_REPORT .* Status: error Error Type: Runtime\.AfterRestoreError$/,
    );
  });
}

for (const moment of ['before', 'after']) {
  test(`the process of a hook that fails ${moment} ends with 1, and is not started again`, async (context) => {
    const emulator = await Emulator.start({ snapStart: true, onLog: () => {} });
    context.after(() => emulator.close());
    const child = new RuntimeChild(context, {
      handler: 'snapstart.handler',
      runtimeApi: emulator.runtimeApi,
      isGuarded: true,
      env: {
        AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start',
        SNAPSTART_HOOK: `${moment} throws`,
      },
    });
    if (moment === 'after') {
      await emulator.waitForSnapshot();
      void emulator.restore();
    }
    assert.equal((await child.ended).exitCode, 1, child.text);
    assert.match(child.stdout, /\tERROR\tSnapshot Hook Error /, 'the log has the error itself');
    const [stopped] = child.events.filter(({ event }) => event === 'stopped');
    assert.equal(stopped?.['exit_code'], 1);
  });
}

test('an after-restore hook that never ends is told before the platform gives up', async (context) => {
  const run = await start(context, 'after spins');
  const { payload } = await run.emulator.invoke({});
  const { errorType, errorMessage } = payload as Told;
  assert.equal(errorType, 'Runtime.AfterRestoreError');
  assert.match(errorMessage, /have not ended after 9500 ms$/);
  assert.deepEqual(namesOf(run), ['restoreNext', 'restoreError']);
});

test('a failing hook on the main thread is told in the same way', async (context) => {
  const run = await start(context, 'after rejects', { env: { BULKHEAD_ISOLATION: 'none' } });
  const { payload } = await run.emulator.invoke({});
  const { errorType, errorMessage } = payload as Told;
  assert.deepEqual(
    [errorType, errorMessage],
    ['Runtime.AfterRestoreError', 'TypeError: no database'],
  );
});

test('a refusal of the snapshot is the init error, and the process ends', async (context) => {
  for (const status of [403, 500]) {
    const fault = { kind: 'status', status } as const;
    const run = await start(context, '', { faults: [{ endpoint: 'restoreNext', fault }] });
    const { payload } = await run.emulator.invoke({});
    const name = status === 403 ? 'Runtime.IllegalStateTransition' : 'Runtime.ApiFailure';
    assert.equal((payload as Told).errorType, name);
    assert.deepEqual(namesOf(run), ['restoreNext', 'initError']);
  }
});
