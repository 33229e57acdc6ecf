// NODE_PATH is read at the start of a process, and the hook stays: each case has its own process.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeFolder } from '../temporary-folder.ts';

const LOADER = join(import.meta.dirname, '../../../../workers/loading/handler-loader.ts');

type Files = Readonly<Record<string, string>>;

/** Packages as layers have them, and others. */
const LAYER: Files = {
  'layer/node_modules/esm/package.json': '{"name":"esm","exports":{"import":"./m.mjs"}}',
  'layer/node_modules/esm/m.mjs': 'export const v = "esm";',
  'layer/node_modules/@org/cjs/index.js': 'exports.v = "cjs";',
  'layer/node_modules/both/index.js': 'exports.v = "layer";',
  'flat/legacy/package.json': '{"main":"lib/x.js"}',
  'flat/legacy/lib/x.js': 'exports.v = "legacy";',
  'flat/modern/package.json': '{"name":"modern","exports":{"./sub":{"import":"./s.mjs"}}}',
  'flat/modern/s.mjs': 'export const v = "modern";',
  'task/node_modules/both/index.js': 'exports.v = "own";',
};

/** Loads `a.handler` in a worker thread and gives what its call, or the failure, prints. */
function load(t: TestContext, handler: string, folders: readonly string[]): string {
  const root = makeFolder(t, {
    ...LAYER,
    'task/a.mjs': handler,
    'run.mjs': `
      import { isMainThread, Worker } from 'node:worker_threads';
      if (isMainThread) new Worker(new URL(import.meta.url));
      else {
        const { loadHandler } = await import(${JSON.stringify(LOADER)});
        const nodePath = process.env.NODE_PATH;
        const taskRoots = [import.meta.dirname + '/task'];
        try {
          const loaded = await loadHandler({ handler: 'a.handler', taskRoots, nodePath });
          console.log(await loaded.call());
        } catch (error) { console.log(error.name, error.code, error.message); }
      }`,
  });
  const nodePath = folders.map((folder) => join(root, folder)).join(':');
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'run.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, NODE_PATH: nodePath },
  });
  return (stdout + stderr).replaceAll(root, '');
}

const folders = ['layer/node_modules', 'flat'];
const uses = (specifier: string): string =>
  `import { v } from '${specifier}'; export const handler = () => v;`;

function checkImport(what: string, specifier: string, expected: string): void {
  test(`an import finds ${what} by way of NODE_PATH`, (t) => {
    assert.equal(load(t, uses(specifier), folders), `${expected}\n`);
  });
}
checkImport('a package that is only for import', 'esm', 'esm');
checkImport('a package with a scope', '@org/cjs', 'cjs');
checkImport('a file of a package', '@org/cjs/index.js', 'cjs');
checkImport('a package in a folder of another name', 'legacy', 'legacy');
checkImport('what a package in such a folder exports', 'modern/sub', 'modern');
checkImport('the package in node_modules before that in NODE_PATH', 'both', 'own');

test('import() while the handler runs finds packages by way of NODE_PATH', (t) => {
  const handler = "export const handler = async () => (await import('esm')).v;";

  assert.equal(load(t, handler, folders), 'esm\n');
});

test('a package that NODE_PATH does not have either is missing as it is for Node', (t) => {
  assert.equal(
    load(t, uses('no-such'), folders),
    'Runtime.ImportModuleError ERR_MODULE_NOT_FOUND ' +
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'no-such' " +
      'imported from /task/a.mjs\n',
  );
});

test('a file that is missing is not looked for in NODE_PATH', (t) => {
  assert.match(load(t, uses('./esm'), folders), /ERR_MODULE_NOT_FOUND .*Cannot find module/);
});

test('without NODE_PATH an import does not see the folders', (t) => {
  assert.match(load(t, uses('esm'), []), /^Runtime\.ImportModuleError ERR_MODULE_NOT_FOUND /);
});
