// The runtime as a function of the package, in a program of the user's own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { startFunction } from '../support/start-function.ts';

const PACKAGE = new URL('../../dist/src/index.js', import.meta.url).href;

const MAIN = new URL('../../src/main.ts', import.meta.url).href;

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

test('why it cannot start is said before a file is missed that would report it', async () => {
  const program = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier.endsWith('unstartable.ts')) throw new Error('it is not in the package');
        return next(specifier, context);
      },
    });
    const { runRuntime } = await import(${JSON.stringify(MAIN)});
    await runRuntime({ handler: undefined, env: {} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);

  assert.match(said, /^bulkhead: Cannot start: AWS_LAMBDA_RUNTIME_API is not set/m);
  assert.match(said, /it is not in the package/);
  assert.equal(exitCode, 1);
});
