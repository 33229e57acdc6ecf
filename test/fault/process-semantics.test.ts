// What `process` and its surroundings are to a handler, in a worker thread and on the main thread:
// the rows of README's table of what differs, and of what does not.
import assert from 'node:assert/strict';
import { execPath } from 'node:process';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EmulatorOptions } from '../../src/emulator/emulator.ts';
import { type RunningFunction, startFunction } from '../support/start-function.ts';

const ROOT = fileURLToPath(new URL('../fixtures/handlers', import.meta.url)).replace(/\/$/, '');
const CLI = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const HANDLER = 'process-facts.handler';

type Row = {
  readonly what: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly worker: unknown;
  /** As in the worker, when left out. */
  readonly main?: unknown;
};

const UNSUPPORTED = 'ERR_WORKER_UNSUPPORTED_OPERATION';
const refused = (name: string): unknown => ({
  code: UNSUPPORTED,
  message: `${name} is not supported in workers`,
});
const value = (one: unknown): unknown => ({ value: one });

const ROWS: readonly Row[] = [
  { what: 'the folder is the one it was started in', event: { thing: 'cwd' }, worker: value(ROOT) },
  {
    what: 'process.chdir()',
    event: { thing: 'chdir' },
    worker: refused('process.chdir()'),
    main: {},
  },
  { what: 'process.umask() reads', event: { thing: 'umask' }, worker: value(true) },
  {
    what: 'process.umask(mask)',
    event: { thing: 'setUmask' },
    worker: { code: UNSUPPORTED, message: 'Setting process.umask() is not supported in workers' },
    main: value(process.umask()),
  },
  {
    what: 'process.setuid() and its like',
    event: { thing: 'setuid' },
    worker: refused('process.setuid()'),
    main: {},
  },
  { what: 'process.title is set', event: { thing: 'title' }, worker: value('renamed') },
  { what: 'stdin is empty and at its end', event: { thing: 'stdin' }, worker: value([0, 0, 0]) },
  {
    what: 'stdout and stderr are descriptors',
    event: { thing: 'stdout' },
    worker: value([1, 2, 'no terminal']),
  },
  {
    what: 'process.argv names the program and the handler',
    event: { thing: 'argv' },
    worker: value([[execPath, CLI, HANDLER], execPath, []]),
    main: value([[execPath, CLI, 'start', HANDLER], execPath, []]),
  },
  {
    what: 'it is no main thread, and the handler’s file is no main module',
    event: { thing: 'main' },
    worker: value([false, true, false, false]),
    main: value([true, false, false, false]),
  },
  {
    what: 'there is no parent process to talk to',
    event: { thing: 'channel' },
    worker: value(['undefined', false, 'undefined']),
  },
  {
    what: 'messages to the parent thread go nowhere',
    event: { thing: 'junk' },
    worker: value('posted'),
  },
  {
    what: 'a variable that is written is there at once, and in child processes',
    event: { thing: 'write', value: 'w' },
    worker: value(['w', 'w']),
  },
  { what: 'and at the next event', event: { thing: 'read' }, worker: value('w') },
  {
    what: 'writing TZ does not change the time zone, which the variable set before does',
    event: { thing: 'zone', name: 'Europe/London' },
    worker: value([-540, -540]),
    main: value([-540, -60]),
  },
  {
    what: 'a nested worker has the variables as they are, and its output arrives',
    event: { thing: 'nested' },
    worker: value({ written: 'before it started', execArgv: [] }),
  },
  {
    what: 'AsyncLocalStorage works within an invocation',
    event: { thing: 'store', value: 's' },
    worker: value('s'),
  },
  {
    what: 'a listener for unhandled rejections keeps the process',
    event: { thing: 'listener' },
    worker: value(['not handled']),
  },
  {
    what: 'the event is parsed in the handler’s thread',
    event: { thing: 'json', body: JSON.parse('{"b":1,"__proto__":{},"a":2}') },
    worker: value([['b', '__proto__', 'a'], true, '1970-01-01T00:00:00.000Z']),
  },
];

function start(context: TestContext, options: EmulatorOptions = {}): Promise<RunningFunction> {
  return startFunction(context, HANDLER, options);
}

for (const isolation of ['shared', 'none']) {
  test(`what differs in a worker thread, isolation "${isolation}"`, async (t) => {
    const env = { BULKHEAD_ISOLATION: isolation, TZ: 'Asia/Tokyo' };
    const { emulator, log } = await start(t, { timeoutMs: 20_000, env });
    for (const { what, event, worker, main = worker } of ROWS) {
      const { payload } = await emulator.invoke(event);
      assert.deepEqual(payload, isolation === 'none' ? main : worker, what);
    }
    const lines = log.map(({ line }) => line).join('\n');
    for (const line of ['to the descriptor', 'by a console of its own', 'line of a nested worker'])
      assert.match(lines, new RegExp(`(^|\n)${line}(\n|$)`));
    assert.ok(!lines.includes('"worker_ended"'), lines);
  });
}

test('process.abort() is refused, and nobody dies of it', async (t) => {
  const { emulator } = await start(t);
  const { payload } = await emulator.invoke({ thing: 'abort' });
  assert.deepEqual(payload, refused('process.abort()'));
  assert.deepEqual((await emulator.invoke({ thing: 'read' })).payload, value(null));
});

for (const [way, errorType, line] of [
  ['exit', 'Runtime.ExitError', 'exit listener 4'],
  ['throw', 'Error', 'exit listener 1'],
  ['time out', 'Sandbox.Timedout', undefined],
] as const) {
  const what = line === undefined ? 'do not run' : 'run';
  test(`exit listeners ${what} when a handler ends by "${way}"`, async (t) => {
    const { emulator, log } = await start(t, { timeoutMs: way === 'time out' ? 1000 : 20_000 });
    const { payload } = await emulator.invoke({ thing: 'end', way });
    assert.equal((payload as { readonly errorType: string }).errorType, errorType);
    // The next worker serves: the last one is gone.
    assert.deepEqual((await emulator.invoke({ thing: 'read' })).payload, value(null));
    const lines = log.map((entry) => entry.line.split('\t').at(-1)?.trimEnd());
    const told = lines.filter((one) => one?.startsWith('exit listener'));
    assert.deepEqual(told, line === undefined ? [] : [line]);
  });
}

test('a variable that one worker has written is not there for its replacement', async (t) => {
  const { emulator } = await start(t);
  await emulator.invoke({ thing: 'write', value: 'w' });
  await emulator.invoke({ thing: 'end', way: 'exit' });
  assert.deepEqual((await emulator.invoke({ thing: 'read' })).payload, value(null));
});

test('work on the shared pool of threads does not keep a deadline from being kept', async (t) => {
  const { emulator } = await start(t, { timeoutMs: 1000, memoryMb: 512 });
  const { payload } = await emulator.invoke({ thing: 'pool' });
  assert.equal((payload as { readonly errorType: string }).errorType, 'Sandbox.Timedout');
  assert.deepEqual((await emulator.invoke({ thing: 'store', value: 1 })).payload, value(1));
});
