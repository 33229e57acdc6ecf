// What is logged and thrown for the golden files: by the reference client's own process when they
// are made, by ours when they are compared. Nothing in here depends on a path, a clock or a version
// of Node.

/** The moment at which everything happens. */
export const EPOCH_MS: number = Date.parse('2026-01-02T03:04:05.678Z');

/** To be put in place of the global, so that no bytes have to be normalised. */
export class StandingDate extends Date {
  constructor(...args: readonly unknown[]) {
    super(...((args.length === 0 ? [EPOCH_MS] : args) as [number]));
  }

  static override now(): number {
    return EPOCH_MS;
  }
}

type Log = (...args: unknown[]) => void;
export type LoggingConsole = Record<
  'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'log',
  Log
>;

class CustomError extends Error {
  override name = 'Custom';
}

const STACK_END = [
  'at handler (/task/index.js:3:9)',
  'at async run (/task/lib/run.js:10:2)',
  'at /task/lib/run.js:20:4',
];

function withStack<E extends Error>(error: E, fields: object = {}): E {
  const lines = [`${error.name}: ${error.message}`, ...STACK_END.map((line) => `    ${line}`)];
  return Object.assign(error, { stack: lines.join('\n') }, fields);
}

/** Every method, every way to format, every kind of value (rows A7.1, A7.4 to A7.7). */
export function logEverything(target: LoggingConsole): void {
  for (const name of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'log'] as const) {
    target[name]('by %s', name);
  }
  const error = withStack(new TypeError('no'), { code: 'E1', statusCode: 5 });
  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = cycle;
  const calls: readonly (readonly unknown[])[] = [
    [],
    [undefined],
    [null],
    [''],
    ['é 漢字 😀 \x7f \u2028'],
    ['two\nlines\n'],
    ['with\ttab and \r return'],
    [42],
    [-0],
    [12n],
    [true],
    [Symbol('s')],
    [{ a: [1, null, { b: 'c' }], when: new Date(0) }],
    [[1, 'two', { three: 3 }]],
    [new Map([['k', 'v']])],
    [cycle],
    [() => 1],
    [{ toJSON: () => 'by toJSON' }],
    ['%s %d %i %f %j %% %c.', 'x', 1.5, 1.5, '1.5', { a: 1 }, 'css', 'more'],
    ['%o %O', [1], { deep: { deeper: { deepest: {} } } }],
    ['text', { b: 2 }, 3, null, undefined],
    [{ first: 1 }, 'then text'],
    [error],
    [{ nested: { error } }],
    [[error]],
    ['failed:', error],
    ['failed:', 'twice', error, withStack(new RangeError('other'))],
    [withStack(new CustomError('named'))],
    [Object.assign(new Error('no stack'), { stack: undefined })],
  ];
  for (const args of calls) target.log(...args);
}

/** Errors with known frames: body, X-Ray cause and log line can be compared. */
export const ERRORS: readonly (() => Error)[] = [
  () => withStack(new Error('plain')),
  () => withStack(new TypeError('of a subclass')),
  () => withStack(new CustomError('of a class of the user’s')),
  () => withStack(new Error('with properties'), { code: 'E1', statusCode: 5, nested: { a: [1] } }),
  () => withStack(new Error('with an error in it'), { inner: withStack(new RangeError('inner')) }),
  () => withStack(new Error('')),
  () => withStack(new Error('two\nlines\tand a "quote" \\')),
  () => withStack(new Error('odd name'), { name: 'no type at all' }),
  () => Object.assign(new Error('no stack'), { stack: undefined }),
  () => withStack(new Error('cannot be JSON'), { big: 1n }),
];

/** Their log lines and causes differ on purpose; the bodies do not (rows A6.1, A6.3, A6.4). */
export const VALUES: readonly (() => unknown)[] = [
  () => 'a string',
  () => '',
  () => 42,
  () => true,
  () => 12n,
  () => undefined,
  () => null,
  () => Symbol('s'),
  () => ({ a: 1 }),
  () => [1, 2],
  () => withStack(new Error('DEL \x7f'), { name: 'N\x7f' }),
  () => withStack(new Error('é 漢字 😀')),
  () => withStack(new Error('x'), { name: 5 }),
  () => Object.assign(new Error('no stack'), { stack: '' }),
  () =>
    Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('hostile');
      },
    }),
];
