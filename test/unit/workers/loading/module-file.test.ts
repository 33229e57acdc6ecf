// Which file a handler's name means: the reference client's own matrix of fixtures, and where the
// two clients of the past differed.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { loadHandler } from '../../../../workers/loading/handler-loader.ts';
import { makeFolder } from '../temporary-folder.ts';

type Files = Readonly<Record<string, string>>;

const cjs = (value: string): string => `exports.handler = () => '${value} ' + typeof module;`;
const esm = (value: string): string => `export const handler = () => '${value} ' + typeof module;`;

async function call(t: TestContext, files: Files, handler: string): Promise<unknown> {
  const loaded = await loadHandler({ handler, taskRoots: [makeFolder(t, files)] });
  return await loaded.call();
}

function checkMeans(what: string, files: Files, handler: string, expected: string): void {
  test(what, async (t) => {
    assert.equal(await call(t, files, handler), expected);
  });
}

/** Every file that might be meant; the row takes away from the top what comes first. */
const CANDIDATES: readonly (readonly [path: string, text: string])[] = [
  ['p/a', cjs('none')],
  ['p/a.js', cjs('js')],
  ['p/a.mjs', esm('mjs')],
  ['p/a.cjs', cjs('cjs')],
];
const NEVER: Files = { 'p/a.json': '{"handler":"json"}', 'p/a.node': 'no library' };
const ORDER = ['none object', 'js object', 'mjs undefined', 'cjs object'];
for (const [at, expected] of ORDER.entries()) {
  const left = Object.fromEntries(CANDIDATES.slice(at));
  const paths = Object.keys(left).join(', ');
  checkMeans(
    `of ${paths}, .json and .node the first is meant`,
    { ...NEVER, ...left },
    'p/a.handler',
    expected,
  );
  checkMeans(
    `of ${paths} the first is meant, whatever folder has the name`,
    { ...left, ...(left['p/a'] === undefined ? { 'p/a/index.js': cjs('folder') } : {}) },
    'p/a.handler',
    expected,
  );
}

test('.json and .node are no candidates', async (t) => {
  await assert.rejects(call(t, NEVER, 'p/a.handler'), { name: 'Runtime.ImportModuleError' });
});

type Kind = 'object' | 'undefined';
/** How a file is loaded, by extension, in a package of each type; `typeof module` tells. */
const KINDS: readonly (readonly [type: string, file: string, kind: Kind])[] = [
  ['module', 'a', 'undefined'],
  ['module', 'a.js', 'undefined'],
  ['module', 'a.mjs', 'undefined'],
  ['module', 'a.cjs', 'object'],
  ['commonjs', 'a', 'object'],
  ['commonjs', 'a.js', 'object'],
  ['commonjs', 'a.mjs', 'undefined'],
  ['commonjs', 'a.cjs', 'object'],
];
for (const [type, file, kind] of KINDS) {
  const text = (kind === 'object' ? cjs : esm)('x');
  checkMeans(
    `under type ${type}, ${file} is ${kind === 'object' ? 'CommonJS' : 'an ES module'}`,
    { 'package.json': JSON.stringify({ type }), [file]: text },
    'a.handler',
    `x ${kind}`,
  );
}
for (const file of ['a', 'a.js', 'a.mjs']) {
  checkMeans(
    `without a package.json, ${file} may be an ES module`,
    { [file]: esm('x') },
    'a.handler',
    'x undefined',
  );
}
for (const file of ['a', 'a.js', 'a.cjs']) {
  checkMeans(
    `without a package.json, ${file} may be CommonJS`,
    { [file]: cjs('x') },
    'a.handler',
    'x object',
  );
}
checkMeans(
  'a package.json above node_modules does not count in it',
  { 'package.json': '{"type":"module"}', 'node_modules/p/a.js': cjs('x') },
  'node_modules/p/a.handler',
  'x object',
);

const ESM_PACKAGE = { 'package.json': '{"type":"module"}' };
test('`exports` of CommonJS in an ES module is an error of the module’s own', async (t) => {
  await assert.rejects(call(t, { ...ESM_PACKAGE, 'a.js': cjs('x') }, 'a.handler'), {
    name: 'ReferenceError',
    message: /exports is not defined in ES module scope/,
  });
});

const FROM_EITHER: Files = {
  'm.mjs': "export const kind = 'esm';",
  'c.cjs': "exports.kind = 'cjs';",
};
for (const target of ['./m.mjs', './c.cjs']) {
  const dynamic = `async () => (await import('${target}')).kind`;
  const kind = target === './m.mjs' ? 'esm' : 'cjs';
  checkMeans(
    `CommonJS may import ${target} while it runs`,
    { ...FROM_EITHER, 'a.js': `exports.handler = ${dynamic};` },
    'a.handler',
    kind,
  );
  checkMeans(
    `an ES module may import ${target} while it runs`,
    { ...FROM_EITHER, 'a.mjs': `export const handler = ${dynamic};` },
    'a.handler',
    kind,
  );
}

test('a file in a later root comes before a folder in an earlier one', async (t) => {
  const taskRoots = [
    makeFolder(t, { 'a/index.js': cjs('folder') }),
    makeFolder(t, { 'a.mjs': esm('file') }),
  ];
  const loaded = await loadHandler({ handler: 'a.handler', taskRoots });

  assert.equal(await loaded.call(), 'file undefined');
});

test('a folder with the name of a file is its fallback for either kind of module', async (t) => {
  for (const type of ['module', 'commonjs']) {
    const text = (type === 'module' ? esm : cjs)('folder');
    const files = { 'package.json': JSON.stringify({ type }), 'app/index.js': text };
    assert.match(String(await call(t, files, 'app.handler')), /^folder/);
  }
});
