import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LoadedHandler, loadHandler } from '../../../../workers/loading/handler-loader.ts';
import { makeFolder } from '../temporary-folder.ts';

const LOADER = join(import.meta.dirname, '../../../../workers/loading/handler-loader.ts');

type Files = Readonly<Record<string, string>>;

function load(t: TestContext, files: Files, typescript = true): Promise<LoadedHandler> {
  return loadHandler({ handler: 'a.handler', taskRoots: [makeFolder(t, files)], typescript });
}

const ESM = 'export const handler = (): string => typeof module;';
const CJS = 'const of: string = typeof module; exports.handler = (): string => of;';

function checkLoads(what: string, files: Files, expected: unknown): void {
  test(`when TypeScript is asked for, loadHandler() loads ${what}`, async (t) => {
    assert.equal(await (await load(t, files)).call(), expected);
  });
}
checkLoads(
  '.ts under type module',
  { 'package.json': '{"type":"module"}', 'a.ts': ESM },
  'undefined',
);
checkLoads(
  '.ts under type commonjs',
  { 'package.json': '{"type":"commonjs"}', 'a.ts': CJS },
  'object',
);
checkLoads('.ts in the syntax of ES modules', { 'a.ts': ESM }, 'undefined');
checkLoads('.ts in the syntax of CommonJS', { 'a.ts': CJS }, 'object');
checkLoads(
  '.ts with top-level await',
  { 'a.ts': 'const n: number = await 1; export const handler = (): number => n;' },
  1,
);
checkLoads('.mts', { 'a.mts': ESM }, 'undefined');
checkLoads('.cts', { 'a.cts': CJS }, 'object');
checkLoads('the index of a folder', { 'a/index.ts': ESM }, 'undefined');
checkLoads('.cjs before .ts', { 'a.cjs': 'exports.handler = () => 1;', 'a.ts': ESM }, 1);
checkLoads('.ts before .mts', { 'a.ts': CJS, 'a.mts': ESM }, 'object');

test('without being asked, loadHandler() leaves a .ts file alone and says what to do', async (t) => {
  const root = makeFolder(t, { 'a.ts': ESM });

  await assert.rejects(loadHandler({ handler: 'a.handler', taskRoots: [root] }), (error: Error) => {
    assert.equal(error.name, 'Runtime.ImportModuleError');
    const last = error.message.split('\n').at(-1);
    assert.equal(last, `${root}/a.ts is there: BULKHEAD_TYPESCRIPT=on has it loaded`);
    return true;
  });
});

test('syntax that cannot be stripped away is a syntax error', async (t) => {
  await assert.rejects(load(t, { 'a.ts': 'export enum A { B }' }), {
    name: 'Runtime.UserCodeSyntaxError',
    message: /enum is not supported in strip-only mode/,
  });
});

test('CommonJS in TypeScript that throws a SyntaxError runs once', async (t) => {
  const counter = join(makeFolder(t, {}), 'count');
  const path = JSON.stringify(counter);
  const text =
    `const path: string = ${path}; require('node:fs').appendFileSync(path, 'x');` +
    "throw new SyntaxError('x');";

  await assert.rejects(load(t, { 'a.ts': text }));

  assert.equal(readFileSync(counter, 'utf8'), 'x');
});

/** Named differently from version to version. */
const flag = ['--no-strip-types', '--no-experimental-strip-types'].find((name) => {
  const { stdout } = spawnSync(process.execPath, [name, '-p', 'process.features.typescript']);
  return String(stdout).trim() === 'false';
});
const always = flag === undefined && 'this Node.js always strips types';

test('a Node.js that strips no types is named in the error', { skip: always }, (t) => {
  const bundle = makeFolder(t, { 'a.ts': ESM });
  const { loader, options } = {
    loader: LOADER,
    options: { handler: 'a.handler', taskRoots: [bundle] },
  };
  const script = `
    import { registerHooks, stripTypeScriptTypes } from 'node:module';
    import { readFileSync } from 'node:fs';
    registerHooks({
      load(url, context, next) {
        if (!url.endsWith('.ts')) return next(url, context);
        const source = stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'));
        return { format: 'module', shortCircuit: true, source };
      },
    });
    const { loadHandler } = await import(${JSON.stringify(loader)});
    await loadHandler({ ...${JSON.stringify(options)}, typescript: true }).catch((error) => {
      console.log(error.name, error.code, error.message);
    });`;

  const args = [flag ?? '', '--no-warnings', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });

  assert.equal(
    stdout,
    `Runtime.ImportModuleError ERR_UNKNOWN_FILE_EXTENSION Error: Cannot load '${bundle}/a.ts': ` +
      `this Node.js (${process.version}) does not strip types. Take --no-strip-types and its like ` +
      'away, or compile the file to JavaScript\n',
    stderr,
  );
});
