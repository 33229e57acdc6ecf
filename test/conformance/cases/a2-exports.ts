// What a module exports, what goes wrong in it, how its handler is called (rows A2.12 to A2.20).
import type { ConformanceCase } from '../table/case.ts';
import { failsInit, gives, returns } from '../table/expect.ts';

const modules: readonly ConformanceCase[] = [
  {
    rows: ['A2.12', 'A6.12'],
    stance: 'M',
    says: 'a top-level await that is rejected is the error of Init, by its own name',
    files: {
      'index.mjs': `class CustomError extends Error { name = 'CustomError'; }
        await Promise.reject(new CustomError('not today'));
        export const handler = async () => 1;\n`,
    },
    check: failsInit({ errorType: 'CustomError', errorMessage: 'not today' }),
  },
  {
    rows: ['A2.12'],
    stance: 'B',
    says: 'a top-level await that never settles is reported, with the file that waits',
    files: { 'index.mjs': 'await new Promise(() => {});\nexport const handler = async () => 1;\n' },
    check: failsInit({ errorType: 'Runtime.NodeJsExit', errorMessage: /index\.mjs/ }),
  },
  {
    rows: ['A2.13'],
    stance: 'B',
    says: 'a static method of a class is a handler',
    code: 'class Api { static async get() { return this === Api; } static handler() {} }',
    handler: 'index.handler.get',
    check: returns(true),
  },
  {
    rows: ['A2.13'],
    stance: 'B',
    says: 'a property of a function is a handler',
    code: 'Object.assign(() => 1, { nested: async () => 2 })',
    handler: 'index.handler.nested',
    check: returns(2),
  },
  {
    rows: ['A2.14'],
    stance: 'M',
    says: 'exports that no lexer can see are found',
    files: {
      'index.js': "module.exports = { ['hand' + 'ler']: async () => 'computed' };\n",
    },
    check: gives('"computed"'),
  },
  {
    rows: ['A2.14'],
    stance: 'M',
    says: 'a member of the default export is found',
    files: { 'index.mjs': "export default { handler: async () => 'default' };\n" },
    check: gives('"default"'),
  },
  {
    rows: ['A2.14'],
    stance: 'M',
    says: 'a named export comes before a member of the default export',
    files: {
      'index.mjs': `export default { handler: async () => 'default' };
        export const handler = async () => 'named';\n`,
    },
    check: gives('"named"'),
  },
  ...[
    "module.exports = async () => 'the default';\n",
    "export default async () => 'the default';\n",
  ].map(
    (text, at): ConformanceCase => ({
      rows: ['A2.14'],
      stance: 'M',
      says: `default names ${['module.exports', 'the default export'][at]}`,
      files: { [at === 0 ? 'index.cjs' : 'index.mjs']: text },
      handler: 'index.default',
      check: gives('"the default"'),
    }),
  ),
  {
    rows: ['A2.15', 'A6.14'],
    stance: 'M',
    says: 'an export that is not there has the reference client’s words',
    code: '1',
    handler: 'index.absent',
    check: failsInit({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.absent is undefined or not exported',
    }),
  },
  {
    rows: ['A2.15'],
    stance: 'M',
    says: 'an export that is no function has the reference client’s words',
    code: '{ a: 1 }',
    isAlone: true,
    check: failsInit({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler is not a function',
    }),
  },
  {
    rows: ['A2.16', 'A6.14'],
    stance: 'M',
    says: 'a file that does not parse is a syntax error of the user’s',
    code: 'async () => ;',
    isAlone: true,
    check: failsInit({
      errorType: 'Runtime.UserCodeSyntaxError',
      errorMessage: /^SyntaxError: Unexpected token ';'/,
    }),
  },
  {
    rows: ['A2.16'],
    stance: 'M',
    says: 'so is every other SyntaxError that is thrown while it loads',
    before: "JSON.parse('x');",
    code: '1',
    check: failsInit({
      errorType: 'Runtime.UserCodeSyntaxError',
      errorMessage: /^SyntaxError: Unexpected token 'x', "x" is not valid JSON$/,
      trace: /JSON\.parse/,
    }),
  },
  {
    rows: ['A2.16'],
    stance: 'M',
    says: 'so is a named import that is not exported',
    files: {
      'index.mjs': "import { absent } from './other.mjs';\nexport const handler = absent;\n",
      'other.mjs': 'export const there = 1;\n',
    },
    check: failsInit({
      errorType: 'Runtime.UserCodeSyntaxError',
      errorMessage: /does not provide an export named 'absent'/,
    }),
  },
  {
    rows: ['A2.17', 'A6.14'],
    stance: 'M',
    says: 'a require that fails says who asked',
    files: { 'index.js': "require('absent');\n" },
    check: (run) =>
      failsInit({
        errorType: 'Runtime.ImportModuleError',
        errorMessage: `Error: Cannot find module 'absent'\nRequire stack:\n- ${run.facts.folder}/index.js`,
      })(run),
    tell: (run) => run.initErrors[0]?.text ?? 'nothing is reported',
  },
  {
    rows: ['A2.17'],
    stance: 'B',
    says: 'an import that fails is the same kind of error',
    files: { 'index.mjs': "import 'absent';\n" },
    check: failsInit({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: /Cannot find package 'absent'/,
    }),
  },
];

const COUNT = 'arguments.length';

const shapes: readonly ConformanceCase[] = [
  ...['event, context, callback', 'event, context, callback, more'].map(
    (parameters): ConformanceCase => ({
      rows: ['A2.18', 'A2.20'],
      stance: 'D',
      says: `a handler with the parameters (${parameters}) is served, with a callback`,
      code: `(${parameters}) => { callback(null, event.n); }`,
      isAlone: true,
      events: [{ body: '{"n":1}' }, { body: '{"n":2}' }],
      check: returns(1, 2),
    }),
  ),
  {
    rows: ['A2.18'],
    stance: 'D',
    says: 'one with three parameters that returns a promise is served, too',
    code: 'async (event, context, callback) => event.n',
    isAlone: true,
    events: [{ body: '{"n":1}' }],
    check: returns(1),
  },
  ...['event', 'event, context', '...all', 'event, context, callback = undefined'].map(
    (parameters): ConformanceCase => ({
      rows: ['A2.18', 'A2.20'],
      stance: 'M',
      says: `a handler with the parameters (${parameters}) gets two arguments`,
      code: `async function (${parameters}) { return ${COUNT}; }`,
      isAlone: true,
      check: returns(2),
    }),
  ),
  {
    rows: ['A2.18', 'A2.20'],
    stance: 'M',
    says: 'a handler without parameters gets two arguments',
    code: `async function () { return ${COUNT}; }`,
    isAlone: true,
    check: returns(2),
  },
  {
    rows: ['A2.19'],
    stance: 'D',
    says: '`this` is the object that holds the handler',
    code: '({ name: "holder", async get() { return this.name; } })',
    handler: 'index.handler.get',
    check: returns('holder'),
  },
  {
    rows: ['A2.20'],
    stance: 'M',
    says: 'a streaming handler gets the event, the stream and the context',
    code: `awslambda.streamifyResponse(async function (event, stream, context) {
      stream.end(String([arguments.length, event.n, context.awsRequestId]));
    })`,
    needs: 'streaming',
    events: [{ body: '{"n":1}' }],
    check: gives('3,1,c0-0'),
  },
];

export const exportCases: readonly ConformanceCase[] = [...modules, ...shapes];
