// What only a process of its own shows: flags and variables that Node reads at its start.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeFolder } from '../temporary-folder.ts';

const LOADER = join(import.meta.dirname, '../../../../workers/loading/handler-loader.ts');

type Run = {
  readonly files: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly env?: (root: string) => Readonly<Record<string, string>>;
};

/** Loads `a.handler` from the folder, in a worker thread of a new process; gives what it prints. */
function loadInProcess(t: TestContext, { files, flags = [], env }: Run): string {
  const root = makeFolder(t, {
    ...files,
    'run.mjs': `
      import { isMainThread, Worker } from 'node:worker_threads';
      if (isMainThread) new Worker(new URL(import.meta.url));
      else {
        const { loadHandler } = await import(${JSON.stringify(LOADER)});
        const taskRoots = [import.meta.dirname + '/task'];
        const loaded = await loadHandler({ handler: 'a.handler', taskRoots });
        console.log(await loaded.call());
      }`,
  });
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, join(root, 'run.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, ...env?.(root) },
  });
  return stdout + stderr;
}

test('loadHandler() finds a module in NODE_PATH', (t) => {
  const files = { 'layer/a.js': 'exports.handler = () => "from the layer";' };

  const output = loadInProcess(t, { files, env: (root) => ({ NODE_PATH: join(root, 'layer') }) });

  assert.equal(output, 'from the layer\n');
});

const NO_REQUIRE_ESM = '--no-experimental-require-module';

function checkFlag(what: string, files: Readonly<Record<string, string>>): void {
  const isKnown = process.allowedNodeEnvironmentFlags.has('--experimental-require-module');
  test(`loadHandler() loads ${what} when require() refuses ES modules`, { skip: !isKnown }, (t) => {
    const output = loadInProcess(t, { files, flags: [NO_REQUIRE_ESM] });

    assert.match(output, /^loaded\n/);
  });
}
checkFlag('an ES module of unknown kind', {
  'task/a.js': 'export const handler = () => "loaded";',
});
checkFlag('an ES module', { 'task/a.mjs': 'export const handler = () => "loaded";' });
checkFlag('CommonJS', { 'task/a.js': 'exports.handler = () => "loaded";' });

test('loadHandler() goes through the hooks of require for CommonJS', (t) => {
  const files = {
    'hook.cjs': `
      const Module = require('node:module');
      const load = Module._load;
      Module._load = function (request, ...rest) {
        if (request.endsWith('a.js')) return { handler: () => 'wrapped' };
        return load.call(this, request, ...rest);
      };`,
    'task/a.js': 'exports.handler = () => "bare";',
  };

  const output = loadInProcess(t, {
    files,
    env: (root) => ({ NODE_OPTIONS: `--require ${join(root, 'hook.cjs')}` }),
  });

  assert.equal(output, 'wrapped\n');
});

/** An ES module that rewrites what is imported after it, by either interface that Node has. */
const REWRITES: Readonly<Record<string, string>> = {
  registerHooks: `
    import { registerHooks } from 'node:module';
    registerHooks({
      load(url, context, next) {
        const loaded = next(url, context);
        if (!url.endsWith('a.mjs')) return loaded;
        return { ...loaded, source: String(loaded.source).replace('bare', 'wrapped') };
      },
    });`,
  register: `
    import { register } from 'node:module';
    const hooks = \`export async function load(url, context, next) {
      const loaded = await next(url, context);
      if (!url.endsWith('a.mjs')) return loaded;
      return { ...loaded, source: String(loaded.source).replace('bare', 'wrapped') };
    }\`;
    register('data:text/javascript,' + encodeURIComponent(hooks));`,
};
for (const [name, hook] of Object.entries(REWRITES)) {
  test(`loadHandler() goes through the hooks of ${name}() for an ES module`, (t) => {
    const files = { 'hook.mjs': hook, 'task/a.mjs': 'export const handler = () => "bare";' };

    const output = loadInProcess(t, {
      files,
      env: (root) => ({ NODE_OPTIONS: `--no-warnings --import ${join(root, 'hook.mjs')}` }),
    });

    assert.equal(output, 'wrapped\n');
  });
}
