// What NODE_OPTIONS has Node load first: on which threads, how often, and what it may change.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { HANDLERS, RuntimeChild } from '../support/runtime-child.ts';

const REQUIRED = join(HANDLERS, 'preload.cjs');
const IMPORTED = join(HANDLERS, 'preload.mjs');
const CURIOUS = join(HANDLERS, 'preload-argv.cjs');
const OPTIONS =
  `--no-warnings --max-old-space-size=300 --max-http-header-size 81920 --require ${REQUIRED} ` +
  `--import=${IMPORTED}`;

type Started = { readonly emulator: Emulator; readonly child: RuntimeChild };

/** Serves one event; resolves with its result and the lines that preloads have written. */
async function serve(
  context: TestContext,
  isGuarded: boolean,
  env: Readonly<Record<string, string>>,
  handler?: string,
): Promise<{ readonly payload: unknown; readonly loaded: readonly string[] }> {
  const { emulator, child } = await start(context, isGuarded, env, handler);
  const { payload } = await Promise.race([emulator.invoke({ name: 'Ada' }), child.failure()]);
  return { payload, loaded: child.lines.filter((line) => /^(preload|import) /.test(line)) };
}

describe('under the guardian', { concurrency: 2 }, () => {
  test('preloads run once, in the worker, and see the handler of the command line', async (t) => {
    const { loaded } = await serve(t, true, { NODE_OPTIONS: OPTIONS }, 'wrapper.handler');

    assert.deepEqual(loaded, ['preload worker wrapper.handler', 'import worker']);
  });

  test('the handler sees NODE_OPTIONS as it was', async (t) => {
    const { payload } = await serve(t, true, { NODE_OPTIONS: OPTIONS }, 'wrapper.handler');

    assert.equal((payload as { nodeOptions: string }).nodeOptions, OPTIONS);
  });

  test('a wrapper that a preload names is served, and knows the user’s handler', async (t) => {
    const env = { NODE_OPTIONS: OPTIONS, WRAPS: 'yes', BULKHEAD_STANDBY: '1' };
    for (const named of ['command line', 'environment']) {
      const given = named === 'environment' ? { ...env, _HANDLER: 'echo.handler' } : env;
      const handler = named === 'environment' ? undefined : 'echo.handler';
      const { payload } = await serve(t, true, given, handler);

      assert.equal((payload as { wrapped: string }).wrapped, 'echo.handler', named);
    }
  });

  test('on the main thread they run once, there', async (t) => {
    const env = { NODE_OPTIONS: OPTIONS, BULKHEAD_ISOLATION: 'none', WRAPS: 'yes' };
    const { payload, loaded } = await serve(t, true, { ...env, _HANDLER: 'echo.handler' });

    assert.equal((payload as { wrapped: string }).wrapped, 'echo.handler');
    assert.deepEqual(loaded, ['preload main echo.handler', 'import main']);
  });
});

describe('without the guardian', { concurrency: 2 }, () => {
  test('preloads also run in the supervisor’s thread, which only a new process could prevent', async (t) => {
    const env = { NODE_OPTIONS: OPTIONS, _HANDLER: 'wrapper.handler' };
    const { loaded } = await serve(t, false, env);

    assert.deepEqual(loaded, [
      'preload main wrapper.handler',
      'import main',
      'preload worker wrapper.handler',
      'import worker',
    ]);
  });

  test('a wrapper does not wrap itself', async (t) => {
    const env = { NODE_OPTIONS: OPTIONS, WRAPS: 'yes', _HANDLER: 'echo.handler' };
    const { payload } = await serve(t, false, env);

    assert.equal((payload as { wrapped: string }).wrapped, 'echo.handler');
  });
});

test('a preload sees the program and the handler in process.argv', async (t) => {
  const env = { NODE_OPTIONS: `--require ${CURIOUS}`, BULKHEAD_STANDBY: '0' };
  const { loaded } = await serve(t, true, env, 'echo.handler');

  assert.deepEqual(loaded, ['preload cli.js echo.handler']);
});

test('a preload that throws is the error of Init, with the place', async (t) => {
  const env = { NODE_OPTIONS: `--require ${CURIOUS}`, PRELOAD_THROWS: 'yes' };
  const { child } = await start(t, true, env, 'echo.handler');
  const { exitCode } = await child.ended;
  const stopped = child.events.find(({ event }) => event === 'stopped');

  assert.equal(exitCode, 1, child.text);
  assert.equal(stopped?.['error_type'], 'Runtime.WorkerError');
  assert.equal(stopped?.['error_message'], 'no preload today');
  assert.match(String(stopped?.['trace']), /TypeError: no preload today,.*preload-argv\.cjs:5:/s);
});

test('no method of promises is called that user code has put there', async (t) => {
  const { emulator, child } = await start(t, true, {}, 'watched-promises.handler');
  for (const time of ['first', 'second']) {
    const { payload } = await Promise.race([emulator.invoke({}), child.failure()]);
    assert.equal(payload, 0, time);
  }
});

test('a handler in TypeScript is served when it is asked for', async (t) => {
  const { payload } = await serve(t, true, { BULKHEAD_TYPESCRIPT: 'on' }, 'typed.handler');

  assert.equal(payload, 'Ada');
});

async function start(
  context: TestContext,
  isGuarded: boolean,
  env: Readonly<Record<string, string>>,
  handler: string | undefined,
): Promise<Started> {
  const emulator = await Emulator.start({ timeoutMs: 60_000, onLog: () => {} });
  context.after(() => emulator.close());
  const { runtimeApi } = emulator;
  return { emulator, child: new RuntimeChild(context, { handler, runtimeApi, env, isGuarded }) };
}
