import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadHandler } from '../../../../workers/loading/handler-loader.ts';
import { makeFolder } from '../temporary-folder.ts';

type Files = Readonly<Record<string, string>>;
type Expected = {
  readonly name: string;
  readonly message: string | RegExp;
  readonly code?: string;
};

const STREAMING = "Symbol.for('aws.lambda.runtime.handler.streaming')";

/** Row by row: these files, that handler, that error. */
function checkFails(what: string, files: Files, handler: string, expected: Expected): void {
  test(`loadHandler() fails with ${expected.name} for ${what}`, async (t) => {
    const taskRoots = [makeFolder(t, files)];

    await assert.rejects(loadHandler({ handler, taskRoots }), expected);
  });
}

const notFound = 'Runtime.HandlerNotFound';
checkFails('a missing export', { 'a.js': '' }, 'a.handler', {
  name: notFound,
  message: 'a.handler is undefined or not exported',
});
checkFails('an empty export name', { 'a.js': '' }, 'a.', {
  name: notFound,
  message: 'a. is undefined or not exported',
});
checkFails('an export of null', { 'a.js': 'module.exports = null;' }, 'a.handler', {
  name: notFound,
  message: 'a.handler is undefined or not exported',
});
checkFails('an export that is no function', { 'a.mjs': 'export const handler = 1;' }, 'a.handler', {
  name: notFound,
  message: 'a.handler is not a function',
});
checkFails('module.exports that is no function', { 'a.js': 'exports.x = 1;' }, 'a.default', {
  name: notFound,
  message: 'a.default is not a function',
});
checkFails(
  'an unknown streaming mark',
  { 'a.js': `exports.handler = () => 1; exports.handler[${STREAMING}] = 'x';` },
  'a.handler',
  { name: 'Runtime.MalformedStreamingHandler', message: 'Only response streaming is supported.' },
);
checkFails('a malformed name', {}, '../a.handler', {
  name: 'Runtime.MalformedHandlerName',
  message: /^'\.\.\/a\.handler' is not a valid handler name\./,
});

const syntaxError = 'Runtime.UserCodeSyntaxError';
checkFails('bad CommonJS', { 'a.cjs': 'const x = ;' }, 'a.handler', {
  name: syntaxError,
  message: "SyntaxError: Unexpected token ';'",
});
checkFails('a bad ES module', { 'a.mjs': 'export const x = ;' }, 'a.handler', {
  name: syntaxError,
  message: "SyntaxError: Unexpected token ';'",
});
checkFails('a bad file of unknown kind', { 'a.js': 'export const x = ;' }, 'a.handler', {
  name: syntaxError,
  message: /^SyntaxError: /,
});
checkFails('JSON.parse at the top', { 'a.mjs': 'JSON.parse("x")' }, 'a.handler', {
  name: syntaxError,
  message: /^SyntaxError: Unexpected token/,
});
checkFails(
  'a name that the imported module lacks',
  { 'a.mjs': "import { no } from './b.mjs';", 'b.mjs': '' },
  'a.handler',
  { name: syntaxError, message: /does not provide an export named 'no'/ },
);

const importError = 'Runtime.ImportModuleError';
checkFails('a missing dependency of CommonJS', { 'a.js': "require('no-such')" }, 'a.handler', {
  name: importError,
  message: /^Error: Cannot find module 'no-such'\nRequire stack:\n- [^\n]*a\.js$/,
  code: 'MODULE_NOT_FOUND',
});
checkFails('a missing dependency of an ES module', { 'a.mjs': "import 'no-such'" }, 'a.handler', {
  name: importError,
  message: /^Error.*: Cannot find package 'no-such'/,
  code: 'ERR_MODULE_NOT_FOUND',
});
checkFails('a module that is Node’s own', {}, 'events.handler', {
  name: importError,
  message: /^Error: Cannot find module 'events'/,
});
checkFails('a handler without a module name', { 'index.js': '' }, '.handler', {
  name: importError,
  message: /^Error: Cannot find module ''/,
});
checkFails('an empty folder', { 'a/x.txt': '' }, 'a.handler', {
  name: importError,
  message: /index\.mjs/,
});

checkFails(
  'a package that hides its entry point from require',
  { 'node_modules/p/package.json': '{"exports":{"import":"./m.mjs"}}' },
  'p.handler',
  { name: 'Error', message: /No "exports" main defined/, code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' },
);
checkFails('a broken package.json', { 'package.json': '{', 'a.js': '' }, 'a.handler', {
  name: 'Error',
  message: /Invalid package config/,
  code: 'ERR_INVALID_PACKAGE_CONFIG',
});

test('loadHandler() lists every path it looked for when there is no module', async () => {
  const taskRoots = ['/no/one', '/no/two'];
  const paths = taskRoots.flatMap((root) =>
    ['', '.js', '.mjs', '.cjs'].map((ext) => `${root}/l/a${ext}`),
  );
  const packages = taskRoots.map((root) => `${root}/node_modules/a`);
  const lines = [...paths, ...packages].map((path) => `- ${path}`).join('\n');

  await assert.rejects(loadHandler({ handler: 'l/a.handler', taskRoots }), {
    name: importError,
    message: `Error: Cannot find module 'a'\nLooked for:\n${lines}`,
    code: 'MODULE_NOT_FOUND',
  });
});

test('loadHandler() keeps the stack and the cause of what the module threw', async (t) => {
  const taskRoots = [makeFolder(t, { 'a.cjs': '\n\nconst x = ;' })];

  await assert.rejects(loadHandler({ handler: 'a.handler', taskRoots }), (error: Error) => {
    assert.match(error.stack ?? '', /a\.cjs:3\n/);
    assert.ok(error.cause instanceof SyntaxError);
    return true;
  });
});

test('loadHandler() lets an error of the module through as it is', async (t) => {
  const files = { 'a.mjs': 'throw Object.assign(new Error("down"), { name: "Custom", id: 7 });' };

  await assert.rejects(loadHandler({ handler: 'a.h', taskRoots: [makeFolder(t, files)] }), {
    name: 'Custom',
    message: 'down',
    id: 7,
  });
});

test('loadHandler() lets through whatever else a module throws', async (t) => {
  const taskRoots = [makeFolder(t, { 'a.js': 'throw null;', 'b.mjs': 'throw "text";' })];

  await assert.rejects(loadHandler({ handler: 'a.h', taskRoots }), (thrown) => thrown === null);
  await assert.rejects(loadHandler({ handler: 'b.h', taskRoots }), (thrown) => thrown === 'text');
});

/** The module writes a line each time it runs; it must have done so once. */
function checkRunsOnce(what: string, files: (count: string) => Files): void {
  test(`loadHandler() runs ${what} once`, async (t) => {
    const root = makeFolder(t, {});
    const counter = join(root, 'count');
    const count = `require('node:fs').appendFileSync(${JSON.stringify(counter)}, 'x');`;
    const folder = makeFolder(t, files(count));

    await assert.rejects(loadHandler({ handler: 'a.handler', taskRoots: [folder] }));

    assert.equal(readFileSync(counter, 'utf8'), 'x');
  });
}
const imported = (count: string): string =>
  "import { createRequire } from 'node:module';" +
  `const require = createRequire(import.meta.url); ${count}`;
checkRunsOnce('CommonJS that throws', (count) => ({ 'a.js': `${count} throw new Error('x');` }));
checkRunsOnce('CommonJS that throws a SyntaxError', (count) => ({
  'a.js': `${count} throw new SyntaxError('x');`,
}));
checkRunsOnce('CommonJS that requires an ES module with top-level await', (count) => ({
  'a.js': `${count} require('./b.mjs');`,
  'b.mjs': 'await 1;',
}));
checkRunsOnce('CommonJS that requires a broken file', (count) => ({
  'a.js': `${count} require('./b.js');`,
  'b.js': 'const x = ;',
}));
checkRunsOnce('an ES module that throws', (count) => ({ 'a.mjs': `${imported(count)} throw 1;` }));
checkRunsOnce('an ES module of unknown kind that throws', (count) => ({
  'a.js': `${imported(count)} throw new SyntaxError('x');`,
}));
checkRunsOnce('an ES module with top-level await that throws', (count) => ({
  'a.js': `${imported(count)} await 1; throw new SyntaxError('x');`,
}));
