// Handlers import the package: that loads its names and numbers, and nothing of the runtime. There
// are no dependencies to load in the folder in which it is tried.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { installInto, makeEmptyFolder, packInto, removeFolder } from './archive.ts';

const folder = makeEmptyFolder();
after(() => removeFolder(folder));
const root = installInto(folder, packInto(folder).file);

/** Prints the address of each module that either loader is asked for. */
const RECORDER = `
  import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const found = nextResolve(specifier, context);
      writeSync(1, 'loads ' + found.url + '\\n');
      return found;
    },
  });
`;
const RECORDER_FILE = join(folder, 'recorder.mjs');
writeFileSync(RECORDER_FILE, RECORDER);

const MAIN_ENTRY = [
  'dist/src/core/errors.js',
  'dist/src/core/limits.js',
  'dist/src/core/setting-rows.js',
  'dist/src/core/version.js',
  'dist/src/index.js',
];

type Run = { readonly loaded: readonly string[]; readonly printed: readonly string[] };

test('import loads five small files', () => {
  const { loaded, printed } = run(
    'handler.mjs',
    `import { VERSION, isRuntimeError } from 'lambda-bulkhead';
     console.log('says', VERSION.length > 0, isRuntimeError(new Error('another')));`,
  );
  assert.deepEqual(printed, ['says true false']);
  assert.deepEqual(loaded, MAIN_ENTRY);
});

test('require gives the very same module', () => {
  const { loaded, printed } = run(
    'handler.cjs',
    `const required = require('lambda-bulkhead');
     import('lambda-bulkhead').then((imported) => {
       const names = Object.keys(imported);
       console.log('says', names.length > 4, names.every((name) => imported[name] === required[name]));
     });`,
  );
  assert.deepEqual(printed, ['says true true']);
  assert.deepEqual(loaded, ['dist/src/commonjs/index.cjs', ...MAIN_ENTRY]);
});

test('lambda-bulkhead/types is an empty module, for import and for require', () => {
  for (const [file, text] of [
    ['types.mjs', "import 'lambda-bulkhead/types';"],
    ['types.cjs', "require('lambda-bulkhead/types');"],
  ] as const) {
    assert.deepEqual(run(file, text).loaded, ['dist/src/commonjs/types.cjs'], file);
  }
});

test('lambda-bulkhead/snapstart is the same module for import and for require, of three files', () => {
  const { loaded, printed } = run(
    'hooks.cjs',
    `const required = require('lambda-bulkhead/snapstart');
     import('lambda-bulkhead/snapstart').then((imported) => {
       const names = ['registerAfterRestore', 'registerBeforeSnapshot'];
       console.log('says', names.every((name) => imported[name] === required[name]));
     });`,
  );
  assert.deepEqual(printed, ['says true']);
  assert.deepEqual(loaded, [
    'dist/src/commonjs/snapstart.cjs',
    'dist/src/core/snapshot-hooks.js',
    'dist/src/snapstart.js',
  ]);
});

test('the emulator is the same module for import and for require, and needs no package', () => {
  const { loaded, printed } = run(
    'test.cjs',
    `const { Emulator } = require('lambda-bulkhead/emulator');
     import('lambda-bulkhead/emulator').then((imported) => {
       console.log('says', typeof Emulator.start, imported.Emulator === Emulator);
     });`,
  );
  assert.deepEqual(printed, ['says function true']);
  assert.ok(loaded.includes('dist/src/emulator/emulator.js'));
});

/** Runs a program beside the installed package. */
function run(file: string, text: string): Run {
  const path = join(folder, file);
  writeFileSync(path, text);
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const args = ['--import', pathToFileURL(RECORDER_FILE).href, path];
  const options = { cwd: folder, env, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '', 'no warning either');
  const lines = stdout.split('\n').filter((line) => line !== '');
  const loaded = lines
    .filter((line) => line.startsWith(`loads ${pathToFileURL(folder)}`))
    .map((line) => relative(root, new URL(line.slice('loads '.length)).pathname))
    .filter((name) => name !== join('..', '..', file));
  return {
    loaded: [...new Set(loaded)].sort(),
    printed: lines.filter((line) => line.startsWith('says')),
  };
}
