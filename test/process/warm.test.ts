// `bulkhead warm` at build time, and what `bulkhead start` makes of it: with the code elsewhere,
// where nothing may be written, and when it was made for something else.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { CACHE, CLI, makeTask, warmed } from '../support/warmed-function.ts';

const [MAJOR = 0, MINOR = 0] = process.versions.node.split('.').map(Number);
/** Before, Node.js tells modules by their absolute paths. */
const CAN_MOVE = MAJOR > 24 || (MAJOR === 24 && MINOR >= 12);
/** Root may write everywhere, unless it has nothing of root's but the name. */
const PLAIN_USER =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];

type Served = { readonly payload: unknown; readonly lines: readonly string[] };

/** One invocation, with a cache of that mode. */
async function serve(
  t: TestContext,
  root: string,
  env: Readonly<Record<string, string>> = {},
  cacheMode = 0o555,
): Promise<Served> {
  setMode(root, cacheMode);
  const lines: string[] = [];
  const emulator = await Emulator.start({
    root,
    command: [...PLAIN_USER, process.execPath, CLI, 'start', 'app.handler'],
    env: { NODE_DEBUG_NATIVE: 'COMPILE_CACHE', ...env },
    memoryMb: 256,
    onLog: ({ line }) => lines.push(line),
  });
  t.after(() => emulator.close());
  const { payload } = await emulator.invoke({});
  await emulator.close({ drains: true });
  // Else it could not be removed.
  setMode(root, 0o755);
  return { payload, lines };
}

function problems(lines: readonly string[]): readonly string[] {
  const own = lines.filter((line) => line.includes('"event":"problem"'));
  return own.map((line) => (JSON.parse(line) as { message: string }).message);
}

/** What V8 took from the cache, by the names of the files. */
function accepted(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const file = /^\[compile cache\] .*cache for (?:\w+ )?(\S+) was accepted/.exec(line)?.[1];
    return file === undefined ? [] : [basename(file)];
  });
}

function listing(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`).sort();
}

describe('a compile cache that was shipped', { concurrency: 2 }, () => {
  test('serves the modules of the function and of its thread, and stays as it is', async (t) => {
    const built = await warmed(t);
    const task = CAN_MOVE ? `${built}-elsewhere` : built;
    renameSync(built, task);
    const before = listing(join(task, CACHE));

    const { payload, lines } = await serve(t, task);

    assert.deepEqual(problems(lines), []);
    const { cache, ...others } = payload as Record<string, unknown>;
    assert.deepEqual(others, { one: 1, told: [] });
    assert.ok(String(cache).startsWith(join(task, CACHE)), String(cache));
    const files = accepted(lines);
    for (const file of ['app.mjs', 'index.js', 'handler-worker.cjs']) {
      assert.ok(files.includes(file), `${file} is not among ${files}`);
    }
    assert.deepEqual(listing(join(task, CACHE)), before);
  });

  test('is used on the main thread, too', async (t) => {
    const task = await warmed(t);
    const { payload, lines } = await serve(t, task, { BULKHEAD_ISOLATION: 'none' });
    assert.deepEqual(problems(lines), []);
    assert.equal((payload as { one: number }).one, 1);
    assert.ok(accepted(lines).includes('app.mjs'), lines.join('\n'));
  });

  for (const option of ['--max-semi-space-size=8', '--max-old-space-size=200']) {
    test(`is found with and without ${option}, wherever that was set`, async (t) => {
      const task = await warmed(t, 'app.handler', '--env', `NODE_OPTIONS=${option}`);
      for (const env of [{ NODE_OPTIONS: option }, {}]) {
        const { lines } = await serve(t, task, env);
        assert.deepEqual(problems(lines), []);
        assert.ok(accepted(lines).includes('app.mjs'), lines.join('\n'));
      }
    });
  }

  test('is that of the thread, not that of a process with options of its own', async (t) => {
    const task = await warmed(t, 'parent.handler');
    const folders = readdirSync(join(task, CACHE));
    assert.equal(new Set(folders.map((name) => name.split('-')[2])).size, 1, folders.join());
    const { lines } = await serve(t, task);
    assert.deepEqual(problems(lines), []);
    assert.ok(accepted(lines).includes('app.mjs'), lines.join('\n'));
  });

  const elsewhere: readonly [string, (cache: string) => void, RegExp][] = [
    [
      'another Node.js',
      (cache) => renameAll(cache, /^v\d+/, 'v18'),
      /was made for v18\..*, and this is Node\.js v/,
    ],
    [
      'another processor',
      (cache) => renameAll(cache, /-[0-9a-f]{8}/, '-00000000'),
      /made for another processor, or with other options of V8/,
    ],
    [
      'code in another place',
      (cache) => {
        const file = join(cache, readdirSync(cache)[0] ?? '', 'bulkhead.json');
        const manifest = JSON.parse(readFileSync(file, 'utf8')) as object;
        writeFileSync(file, JSON.stringify({ ...manifest, root: '/srv' }));
      },
      /made for code in \/srv, and the task root is /,
    ],
  ];
  for (const [what, change, says] of elsewhere) {
    test(`for ${what} is told in one line and does no harm`, async (t) => {
      const task = await warmed(t);
      change(join(task, CACHE));
      const { payload, lines } = await serve(t, task, { BULKHEAD_STANDBY: '1' });
      assert.deepEqual(payload, { one: 1, told: [] });
      assert.equal(problems(lines).length, 1, lines.join('\n'));
      assert.match(problems(lines)[0] ?? '', says);
    });
  }

  test('that this process may write to is not used unless it is named', async (t) => {
    const task = await warmed(t);
    const found = await serve(t, task, {}, 0o755);
    assert.match(problems(found.lines).join('\n'), /this process may write to it/);
    assert.deepEqual(accepted(found.lines), []);

    const env = { BULKHEAD_COMPILE_CACHE: join(task, CACHE) };
    const named = await serve(t, task, env, 0o755);
    assert.deepEqual(problems(named.lines), []);
    assert.ok(accepted(named.lines).includes('app.mjs'));
  });

  test('is left alone when it is switched off, or Node.js has a cache of its own', async (t) => {
    const task = await warmed(t);
    const own = join(task, '..', 'own');
    mkdirSync(own);
    for (const [env, expected] of [
      [{ BULKHEAD_COMPILE_CACHE: 'off' }, { told: [] }],
      [{ NODE_DISABLE_COMPILE_CACHE: '1' }, { told: ['NODE_DISABLE_COMPILE_CACHE'] }],
      [{ NODE_COMPILE_CACHE: own }, { told: ['NODE_COMPILE_CACHE'], isOwn: true }],
    ] as const) {
      const { payload, lines } = await serve(t, task, env);
      const { cache, told } = payload as { readonly cache?: string; readonly told: unknown };
      const isOwn = cache?.startsWith(own);
      assert.deepEqual({ told, isOwn }, { isOwn: undefined, ...expected });
      assert.deepEqual(problems(lines), []);
    }
  });
});

test('a folder that is named and not there is told in one line', async (t) => {
  const task = makeTask(t);
  const { lines } = await serve(t, task, { BULKHEAD_COMPILE_CACHE: '/no/such' });
  assert.match(
    problems(lines).join('\n'),
    /^Cannot use the compile cache "\/no\/such": there is no such folder\./,
  );
});

function setMode(task: string, mode: number): void {
  const cache = join(task, CACHE);
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    if (!lstatSync(join(cache, name)).isSymbolicLink()) chmodSync(join(cache, name), mode);
  }
}

function renameAll(cache: string, pattern: RegExp, replacement: string): void {
  for (const name of readdirSync(cache)) {
    renameSync(join(cache, name), join(cache, name.replace(pattern, replacement)));
  }
}
