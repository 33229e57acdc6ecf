import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LoadedHandler, loadHandler } from '../../../../workers/loading/handler-loader.ts';
import { makeFolder } from '../temporary-folder.ts';

type Files = Readonly<Record<string, string>>;

const ESM = '{"type":"module"}';
const CJS = '{"type":"commonjs"}';

function load(t: TestContext, files: Files, handler: string): Promise<LoadedHandler> {
  return loadHandler({ handler, taskRoots: [makeFolder(t, files)] });
}

/** Row by row: these files, that handler, that return value. */
function checkLoads(what: string, files: Files, handler: string, expected: unknown): void {
  test(`loadHandler() loads ${what}`, async (t) => {
    const loaded = await load(t, files, handler);

    assert.deepEqual(await loaded.call(), expected);
  });
}

const cjs = (value: string): string => `exports.handler = () => ${value};`;
const esm = (value: string): string => `export const handler = () => ${value};`;

checkLoads(
  'CommonJS without a package.json',
  { 'a.js': cjs('typeof module') },
  'a.handler',
  'object',
);
checkLoads(
  'an ES module without a package.json',
  { 'a.js': esm('typeof module') },
  'a.handler',
  'undefined',
);
checkLoads(
  'an ES module with top-level await without a package.json',
  { 'a.js': `const n = await 1; ${esm('n')}` },
  'a.handler',
  1,
);
checkLoads(
  '.js under type module',
  { 'package.json': ESM, 'a.js': esm('import.meta.url.slice(0, 5)') },
  'a.handler',
  'file:',
);
checkLoads(
  '.js under type commonjs',
  { 'package.json': CJS, 'a.js': cjs('typeof require') },
  'a.handler',
  'function',
);
checkLoads(
  '.js by the nearest package.json',
  { 'package.json': ESM, 'b/package.json': '{}', 'b/c/a.js': cjs('1') },
  'b/c/a.handler',
  1,
);
checkLoads('.mjs under type commonjs', { 'package.json': CJS, 'a.mjs': esm('2') }, 'a.handler', 2);
checkLoads('.cjs under type module', { 'package.json': ESM, 'a.cjs': cjs('3') }, 'a.handler', 3);
checkLoads('a file without extension', { a: cjs('4') }, 'a.handler', 4);
checkLoads(
  'a file without extension under type module',
  { 'package.json': ESM, a: esm('5') },
  'a.handler',
  5,
);

const ALL = {
  'p/a': cjs('"none"'),
  'p/a.js': cjs('"js"'),
  'p/a.mjs': esm('"mjs"'),
  'p/a.cjs': cjs('"cjs"'),
};
const { 'p/a': _none, ...JS } = ALL;
const { 'p/a.js': _js, ...MJS } = JS;
checkLoads('the exact name before any extension', ALL, 'p/a.handler', 'none');
checkLoads('.js before .mjs', JS, 'p/a.handler', 'js');
checkLoads('.mjs before .cjs', MJS, 'p/a.handler', 'mjs');
checkLoads(
  'a file rather than a folder of the same name',
  { 'a/index.js': cjs('"folder"'), 'a.js': cjs('"file"') },
  'a.handler',
  'file',
);
checkLoads(
  'a file rather than a folder, as an ES module',
  { 'package.json': ESM, 'a/index.js': esm('1'), 'a.mjs': esm('2') },
  'a.handler',
  2,
);
checkLoads('the index of a folder', { 'a/index.js': cjs('6') }, 'a.handler', 6);
checkLoads(
  'the index of a folder under type module',
  { 'package.json': ESM, 'a/index.js': esm('7') },
  'a.handler',
  7,
);
checkLoads('index.mjs of a folder', { 'a/index.mjs': esm('8') }, 'a.handler', 8);
checkLoads(
  'the main file of a folder',
  { 'a/package.json': '{"main":"lib/x.js"}', 'a/lib/x.js': cjs('9') },
  'a.handler',
  9,
);
checkLoads('a package', { 'node_modules/pkg/index.js': cjs('10') }, 'pkg.handler', 10);
checkLoads(
  'a package next to the module root',
  { 'lib/node_modules/pkg/index.js': cjs('11') },
  'lib/pkg.handler',
  11,
);
checkLoads(
  'an ES module package',
  {
    'node_modules/pkg/package.json': '{"type":"module","main":"m.js"}',
    'node_modules/pkg/m.js': esm('12'),
  },
  'pkg.handler',
  12,
);
checkLoads('a file named like a module of Node', { 'events.js': cjs('13') }, 'events.handler', 13);

checkLoads('nested exports', { 'a.js': 'exports.x = { y: { z: () => 1 } };' }, 'a.x.y.z', 1);
checkLoads(
  'a property of a function',
  { 'a.js': 'exports.f = Object.assign(() => 0, { g: () => 2 });' },
  'a.f.g',
  2,
);
checkLoads(
  'module.exports that is a function',
  { 'a.js': 'module.exports = () => 3;' },
  'a.default',
  3,
);
checkLoads(
  'a compiled default export',
  { 'a.js': 'exports.__esModule = true; exports.default = () => 4;' },
  'a.default',
  4,
);
checkLoads(
  'a member of a compiled default export',
  { 'a.js': 'exports.default = { handler: () => 5 };' },
  'a.handler',
  5,
);
checkLoads('a default export', { 'a.mjs': 'export default () => 6;' }, 'a.default', 6);
checkLoads(
  'a member of a default export',
  { 'a.mjs': 'export default { handler: () => 7 };' },
  'a.handler',
  7,
);
checkLoads(
  'exports with names computed at run time',
  { 'a.js': 'exports["han" + "dler"] = () => 8;' },
  'a.handler',
  8,
);
checkLoads(
  'a named export before the default export',
  { 'a.mjs': 'export const handler = () => 9; export default { handler: () => 0 };' },
  'a.handler',
  9,
);

checkLoads(
  'a static method, with its class as this',
  { 'a.mjs': 'export class A { static n = 41; static run() { return this.n + 1; } }' },
  'a.A.run',
  42,
);
checkLoads(
  'a method, with its object as this',
  { 'a.js': 'exports.o = { n: 1, run() { return this.n; } };' },
  'a.o.run',
  1,
);

test('loadHandler() passes arguments on and tells the file, the arity and the kind', async (t) => {
  const root = makeFolder(t, {
    'a.js': 'exports.handler = (event, context, callback) => [event, context];',
  });

  const loaded = await loadHandler({ handler: 'a.handler', taskRoots: [root] });

  assert.deepEqual(loaded.call('e', 'c'), ['e', 'c']);
  assert.equal(loaded.file, join(root, 'a.js'));
  assert.equal(loaded.parameterCount, 3);
  assert.equal(loaded.isStreaming, false);
});

test('loadHandler() looks into the task roots in turn, then into packages', async (t) => {
  const first = makeFolder(t, {
    'node_modules/a/index.js': cjs('"package"'),
    'x.js': cjs('"first"'),
  });
  const second = makeFolder(t, { 'a.js': cjs('"second"'), 'x.js': cjs('"other"') });
  const taskRoots = [first, second];

  assert.equal((await loadHandler({ handler: 'x.handler', taskRoots })).call(), 'first');
  assert.equal((await loadHandler({ handler: 'a.handler', taskRoots })).call(), 'second');
});

test('loadHandler() takes an absolute module root as it is', async (t) => {
  const root = makeFolder(t, { 'a.js': cjs('1') });

  const loaded = await loadHandler({ handler: join(root, 'a.handler'), taskRoots: ['/nowhere'] });

  assert.equal(loaded.call(), 1);
});

const mark = (value: string): string =>
  "const mark = Symbol.for('aws.lambda.runtime.handler.streaming');" +
  `exports.handler = () => 1; exports.handler[mark] = ${value};`;

test('loadHandler() knows a streaming handler by its mark', async (t) => {
  assert.equal((await load(t, { 'a.js': mark("'response'") }, 'a.handler')).isStreaming, true);
  assert.equal((await load(t, { 'a.js': mark("''") }, 'a.handler')).isStreaming, false);
});

test('loadHandler() reads the high-water mark, unless Node would refuse it', async (t) => {
  const read = async (value: string): Promise<number | undefined> => {
    const source = mark("'response'").replaceAll('streaming', 'streaming.highWaterMark');
    const file = source.replace("'response'", value);
    return (await load(t, { 'a.js': file }, 'a.handler')).highWaterMark;
  };
  assert.equal(await read('1024'), 1024);
  assert.equal(await read('0'), 0);
  for (const odd of ['-1', 'NaN', '"7"', '1.5']) assert.equal(await read(odd), undefined, odd);
});
