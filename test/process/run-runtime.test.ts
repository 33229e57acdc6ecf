// The runtime as a function of the package, in a program of the user's own.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startFunction } from '../support/start-function.ts';

const PACKAGE = new URL('../../dist/src/index.js', import.meta.url).href;

/** `_HANDLER` is echo.handler; the argument may say otherwise. */
async function serve(t: TestContext, handler: string | undefined): Promise<unknown> {
  const program = `
    import { runRuntime } from ${JSON.stringify(PACKAGE)};
    await runRuntime({ handler: ${JSON.stringify(handler)}, env: process.env });`;
  const { emulator } = await startFunction(t, 'echo.handler', {
    command: [process.execPath, '--input-type=module', '-e', program],
  });
  return (await emulator.invoke({ name: 'Ada' })).payload;
}

test('runRuntime() serves the handler of its argument', async (t) => {
  assert.equal(await serve(t, 'module.nested.deep.handler'), 'nested');
});

test('runRuntime() without a handler serves that of the environment', async (t) => {
  const payload = (await serve(t, undefined)) as { readonly event: unknown };

  assert.deepEqual(payload.event, { name: 'Ada' });
});
