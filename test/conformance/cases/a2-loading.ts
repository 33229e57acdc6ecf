// Which file the handler is in, and how it is loaded (rows A2.1 to A2.12).
import type { ConformanceCase } from '../table/case.ts';
import { failsInit, gives, returns } from '../table/expect.ts';

/** A module that answers with a word, in either kind. */
const cjs = (word: string): string => `exports.handler = async () => '${word}';\n`;
const esm = (word: string): string => `export const handler = async () => '${word}';\n`;
const MODULE = JSON.stringify({ type: 'module' });

const names: readonly ConformanceCase[] = [
  ...['../index.handler', 'malformed..handler', 'a/../index.handler'].map(
    (handler): ConformanceCase => ({
      rows: ['A2.1', 'A6.14'],
      stance: 'M',
      says: `a handler name with two dots in a row is refused: ${handler}`,
      files: { 'index.mjs': esm('index') },
      handler,
      check: failsInit({
        errorType: 'Runtime.MalformedHandlerName',
        errorMessage:
          `'${handler}' is not a valid handler name. ` +
          'Use absolute paths when specifying root directories in handler names.',
      }),
    }),
  ),
  {
    rows: ['A2.2', 'A2.13'],
    stance: 'M',
    says: 'the name of the file ends at the first dot; the rest is a path in its exports',
    files: { 'lib/deep/mod.mjs': 'export const x = { y: { z: async () => "z" } };\n' },
    handler: 'lib/deep/mod.x.y.z',
    check: gives('"z"'),
  },
  {
    rows: ['A2.2'],
    stance: 'M',
    says: 'a file whose name has a dot is not found: my.mod.handler means the file my',
    files: {
      'my.mod.js': cjs('my.mod'),
      'my.js': "exports.mod = { handler: async () => 'my' };\n",
    },
    handler: 'my.mod.handler',
    check: gives('"my"'),
  },
  {
    rows: ['A2.2'],
    stance: 'M',
    says: 'the folder is what stands before the first occurrence of the last part, even in itself',
    files: {
      'a.js': "exports.b = async () => 'root';\n",
      'a.b/a.js': "exports.b = () => 'sub';\n",
    },
    handler: 'a.b/a.b',
    check: gives('"root"'),
  },
  {
    rows: ['A2.2', 'A2.15'],
    stance: 'M',
    says: 'an export without a name is not exported',
    files: { 'index.js': cjs('index') },
    handler: 'index.',
    check: failsInit({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index. is undefined or not exported',
    }),
  },
  {
    rows: ['A2.2'],
    stance: 'B',
    says: 'a handler without a file is a module that cannot be found',
    files: { 'index.js': cjs('index') },
    handler: '.handler',
    check: failsInit({ errorType: 'Runtime.ImportModuleError' }),
  },
  {
    rows: ['A2.3'],
    stance: 'M',
    says: 'a name without a dot is a bad handler',
    files: { 'index.js': cjs('index') },
    handler: 'indexhandler',
    check: failsInit({ errorType: 'Runtime.MalformedHandlerName', errorMessage: /^Bad handler/ }),
  },
  {
    rows: ['A2.4'],
    stance: 'M',
    says: 'an absolute folder is taken as it is',
    files: { 'abs/x/index.js': cjs('absolute') },
    handler: '<task>/abs/x/index.handler',
    env: { LAMBDA_TASK_ROOT: '<task>/abs' },
    check: gives('"absolute"'),
  },
  {
    rows: ['A2.4'],
    stance: 'M',
    says: 'a slash alone before the file means the task root',
    files: { 'index.js': cjs('root') },
    handler: '/index.handler',
    check: gives('"root"'),
  },
];

const ALL = {
  index: cjs('exact'),
  'index.js': cjs('js'),
  'index.mjs': esm('mjs'),
  'index.cjs': cjs('cjs'),
};

const files: readonly ConformanceCase[] = [
  ...(['index', 'index.js', 'index.mjs', 'index.cjs'] as const).map(
    (first, at): ConformanceCase => ({
      rows: ['A2.5'],
      stance: 'M',
      says: `${first} comes before ${['all others', '.mjs and .cjs', '.cjs', 'nothing else'][at]}`,
      files: Object.fromEntries(Object.entries(ALL).slice(at)),
      check: gives(`"${['exact', 'js', 'mjs', 'cjs'][at]}"`),
    }),
  ),
  {
    rows: ['A2.6'],
    stance: 'B',
    says: 'CommonJS is loaded by require, so that what hooks into it sees the handler',
    files: {
      'index.js': `const { stack } = new Error();
        exports.handler = async () => /node:internal\\/modules\\/esm/.test(stack);\n`,
    },
    check: returns(false),
  },
  {
    rows: ['A2.6'],
    stance: 'M',
    says: 'an ES module is loaded by import: it has its URL',
    files: { 'index.mjs': 'export const handler = async () => import.meta.url;\n' },
    check: (run) => gives(JSON.stringify(`file://${run.facts.folder}/index.mjs`))(run),
  },
  {
    rows: ['A2.7'],
    stance: 'B',
    says: 'a folder with an index stands in for a file that is not there',
    files: { 'dir/index.js': cjs('index') },
    handler: 'dir.handler',
    check: gives('"index"'),
  },
  {
    rows: ['A2.7'],
    stance: 'B',
    says: 'a folder with an entry in its package.json stands in for a file that is not there',
    files: { 'dir/package.json': '{"main":"lib.js"}', 'dir/lib.js': cjs('main') },
    handler: 'dir.handler',
    check: gives('"main"'),
  },
  ...[cjs('file'), esm('file')].map(
    (text, at): ConformanceCase => ({
      rows: ['A2.7'],
      stance: 'B',
      says: `a folder does not hide ${['a CommonJS file', 'an ES module'][at]} of its name`,
      files: {
        'app.js': text,
        'app/index.js': cjs('folder'),
        'package.json': at === 0 ? '{}' : MODULE,
      },
      handler: 'app.handler',
      check: gives('"file"'),
    }),
  ),
  {
    rows: ['A2.8'],
    stance: 'M',
    says: 'a module in node_modules of the task root is the handler’s when no file is',
    files: { 'node_modules/packed/index.js': cjs('packed') },
    handler: 'packed.handler',
    check: gives('"packed"'),
  },
  {
    rows: ['A2.8'],
    stance: 'M',
    says: 'a package that is an ES module is found there, too',
    files: {
      'node_modules/packed/package.json': JSON.stringify({ type: 'module', exports: './main.js' }),
      'node_modules/packed/main.js': esm('packed'),
    },
    handler: 'packed.handler',
    check: gives('"packed"'),
  },
  {
    rows: ['A2.8'],
    stance: 'M',
    says: 'a module in NODE_PATH is the handler’s when no file is, whatever its folder',
    files: { 'layer/packed.js': cjs('layer') },
    handler: 'lib/packed.handler',
    env: { NODE_PATH: '<task>/layer' },
    check: gives('"layer"'),
  },
  {
    rows: ['A2.9', 'A2.12'],
    stance: 'M',
    says: '.js in a package of the type module is an ES module, with top-level await',
    files: { 'package.json': MODULE, 'index.js': `await 1;\n${esm('esm')}` },
    check: gives('"esm"'),
  },
  {
    rows: ['A2.9'],
    stance: 'M',
    says: 'CommonJS in a package of the type module does not load',
    files: { 'package.json': MODULE, 'index.js': cjs('cjs') },
    check: failsInit({ errorType: 'ReferenceError', errorMessage: /exports is not defined/ }),
  },
  {
    rows: ['A2.9'],
    stance: 'M',
    says: '.js without a package is what its syntax says',
    files: { 'index.js': esm('detected') },
    check: gives('"detected"'),
  },
  {
    rows: ['A2.10'],
    stance: 'M',
    says: 'a file without extension in a package of the type module is an ES module',
    files: { 'package.json': MODULE, index: esm('esm') },
    check: gives('"esm"'),
  },
  {
    rows: ['A2.11'],
    stance: 'B',
    says: 'a handler in TypeScript is served where it is asked for',
    files: { 'index.ts': 'export const handler = async (event: object) => typeof event;\n' },
    env: { BULKHEAD_TYPESCRIPT: 'on' },
    check: gives('"object"'),
  },
  {
    rows: ['A2.11'],
    stance: 'M',
    says: 'a handler in TypeScript is not looked for otherwise',
    files: { 'index.ts': 'export const handler = async (event: object) => typeof event;\n' },
    check: failsInit({ errorType: 'Runtime.ImportModuleError' }),
  },
];

export const loadingCases: readonly ConformanceCase[] = [...names, ...files];
