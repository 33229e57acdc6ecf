// The same handlers in every kind of module that Node has: whatever the kind, the answer is the
// same bytes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startFunction } from '../support/start-function.ts';
import { makeFolder } from '../unit/workers/temporary-folder.ts';

type Syntax = 'CommonJS' | 'ES module';

type Kind = {
  readonly syntax: Syntax;
  readonly extension: string;
  /** `type` in package.json. */
  readonly type?: 'commonjs' | 'module';
};

type Shape = {
  /** What follows the file's name in the handler's. */
  readonly path: string;
  /** The value of the first name of the path. */
  readonly value: string;
  readonly answer: string;
};

const EVENT = { name: 'Ada' };
const ANSWER = JSON.stringify({ hello: 'Ada', list: [1, 'é', null] });
const ERROR = JSON.stringify({ errorType: 'RangeError', errorMessage: 'no Ada', trace: [] });

/** An error without a stack has the same bytes whatever file it is from. */
const COMMON = `
  const greet = (name) => ({ hello: name, list: [1, 'é', undefined] });
  const refuse = (name) => Object.assign(new RangeError('no ' + name), { stack: undefined });
`;

const SHAPES: readonly Shape[] = [
  { path: 'plain', value: '(event) => greet(event.name)', answer: ANSWER },
  { path: 'throws', value: '(event) => { throw refuse(event.name); }', answer: ERROR },
  { path: 'promise', value: 'async (event) => greet(event.name)', answer: ANSWER },
  { path: 'rejects', value: 'async (event) => { throw refuse(event.name); }', answer: ERROR },
  {
    path: 'thenable',
    value: '(event) => ({ then: (resolve) => setImmediate(resolve, greet(event.name)) })',
    answer: ANSWER,
  },
  {
    path: 'callback',
    value: '(event, _, callback) => { setImmediate(callback, null, greet(event.name)); }',
    answer: ANSWER,
  },
  {
    path: 'done',
    value: '(event, context) => { context.done(null, greet(event.name)); }',
    answer: ANSWER,
  },
  {
    path: 'succeed',
    value: '(event, context) => { context.succeed(greet(event.name)); }',
    answer: ANSWER,
  },
  {
    path: 'fail',
    value: '(event, context) => { context.fail(refuse(event.name)); }',
    answer: ERROR,
  },
  {
    path: 'api.users.greet',
    value: '{ users: { greet: (event) => greet(event.name) } }',
    answer: ANSWER,
  },
  {
    path: 'Users.greet',
    value:
      'class { static say = greet; static async greet(event) { return this.say(event.name); } }',
    answer: ANSWER,
  },
];
/** A member of the default export is found as if it were an export of its own. */
const IN_DEFAULT: Shape = {
  path: 'inDefault',
  value: '{ inDefault: (event) => greet(event.name) }',
  answer: ANSWER,
};

const KINDS: readonly Kind[] = [
  { syntax: 'CommonJS', extension: '.cjs' },
  { syntax: 'CommonJS', extension: '.js' },
  { syntax: 'ES module', extension: '.mjs' },
  { syntax: 'ES module', extension: '.js' },
  { syntax: 'ES module', extension: '.js', type: 'module' },
];
const KINDS_IN_BRIEF: readonly Kind[] = [
  { syntax: 'CommonJS', extension: '.js', type: 'commonjs' },
  { syntax: 'CommonJS', extension: '' },
  { syntax: 'ES module', extension: '', type: 'module' },
  { syntax: 'CommonJS', extension: '.cts' },
  { syntax: 'CommonJS', extension: '.ts' },
  { syntax: 'ES module', extension: '.mts' },
  { syntax: 'ES module', extension: '.ts', type: 'module' },
];
const SHAPES_IN_BRIEF = new Set(['callback', 'Users.greet', 'inDefault']);

describe('every shape of handler', { concurrency: 2 }, () => {
  for (const kind of KINDS) {
    for (const shape of [...SHAPES, IN_DEFAULT]) check(kind, shape);
  }
});

describe('files that are rarer, and TypeScript', { concurrency: 2 }, () => {
  for (const kind of KINDS_IN_BRIEF) {
    for (const shape of [...SHAPES, IN_DEFAULT]) {
      if (SHAPES_IN_BRIEF.has(shape.path)) check(kind, shape);
    }
  }
});

describe('a top-level await', { concurrency: 2 }, () => {
  for (const kind of [...KINDS, ...KINDS_IN_BRIEF]) {
    if (kind.syntax === 'ES module') check(kind, { path: 'late', value: '', answer: ANSWER });
  }
});

function check(kind: Kind, shape: Shape): void {
  const { syntax, extension, type } = kind;
  const file = `index${extension}`;
  test(`${file}, ${syntax}, type ${type ?? 'not given'}: index.${shape.path}`, async (t) => {
    // Without a package.json of its own, one above the folder would decide.
    const packageJson = JSON.stringify({ type });
    const root = makeFolder(t, { [file]: toSource(kind, shape), 'package.json': packageJson });
    const env = { BULKHEAD_TYPESCRIPT: /ts$/.test(extension) ? 'on' : 'off' };
    const { emulator, log } = await startFunction(t, `index.${shape.path}`, { root, env });

    const { payloadBytes } = await emulator.invoke(EVENT);

    const text = Buffer.from(payloadBytes).toString();
    assert.equal(text, shape.answer, log.map(({ line }) => line).join('\n'));
  });
}

function toSource(kind: Kind, shape: Shape): string {
  const source = [COMMON, toExport(kind.syntax, shape)].join('\n');
  if (!/ts$/.test(kind.extension)) return source;
  // What Node has to strip.
  const typed = source.replaceAll(/\(event(?=[,)])/g, '(event: Event');
  return `type Event = { readonly name: string };\n${typed}`;
}

function toExport(syntax: Syntax, { path, value }: Shape): string {
  const isModule = syntax === 'ES module';
  if (path === 'late') {
    return `const late = await Promise.resolve(async (event) => greet(event.name));
      export { late };`;
  }
  if (path === IN_DEFAULT.path) {
    return `${isModule ? 'export default' : 'exports.default ='} ${value};`;
  }
  const [name = ''] = path.split('.');
  return isModule ? `export const ${name} = ${value};` : `exports.${name} = ${value};`;
}
