// What a handler has logged is never lost and never torn, however its thread ends and however slow
// the reader is. The reader here is a real pipe to a child process.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Emulator, type InvokeResult } from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';

const LINES = 10_000;
const TIMEOUT_MS = 4000;
/** How long the slow reader looks away: much longer than it takes to fill a pipe. */
const READER_PAUSE_MS = 500;

type Row = {
  readonly ending: 'spin' | 'never' | 'exit' | 'crash' | 'return';
  readonly errorType: string | undefined;
  readonly isReaderSlow?: boolean;
};

const rows: readonly Row[] = [
  { ending: 'spin', errorType: 'Sandbox.Timedout' },
  { ending: 'never', errorType: 'Sandbox.Timedout' },
  { ending: 'exit', errorType: 'Runtime.ExitError' },
  { ending: 'crash', errorType: 'Error' },
  { ending: 'return', errorType: undefined },
  { ending: 'spin', errorType: 'Sandbox.Timedout', isReaderSlow: true },
  { ending: 'exit', errorType: 'Runtime.ExitError', isReaderSlow: true },
];

describe('10,000 lines', { concurrency: 2 }, () => {
  for (const row of rows) {
    const reader = row.isReaderSlow === true ? ', read slowly,' : '';
    test(`arrive whole and in order${reader} when the handler ends with "${row.ending}"`, (context) =>
      checkFlood(context, row));
  }
});

async function checkFlood(context: TestContext, row: Row): Promise<void> {
  const { child, emulator } = await start(context, 'flood.handler');
  const invoked = emulator.invoke({ lines: LINES, ending: row.ending });
  if (row.isReaderSlow === true) await lookAway(child);
  const result = await invoked;
  const after = await emulator.invoke({ ok: true });
  const { exitCode } = await stop(child);

  assert.equal(errorTypeOf(result), row.errorType);
  assert.deepEqual(after.payload, { pid: child.child.pid });
  assert.equal(exitCode, 0, child.text);
  const flood = child.lines.filter((line) => line.includes('\tline '));
  assert.equal(flood.length, LINES);
  const head = new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]{12}Z\\t${result.requestId}\\tINFO\\t`);
  for (const [index, line] of flood.entries()) {
    assert.match(line, head);
    assert.equal(line.replace(head, ''), `line ${index} ${'.'.repeat(index % 200)}`);
  }
  // Anything else is the runtime's own line for the error, whole as well.
  for (const line of child.lines) {
    assert.match(line, /^[\dT:.Z-]{24}\t[0-9a-f-]{36}\t(INFO\tline \d+ \.*|ERROR\t[A-Z].*\})$/);
  }
}

test('a line torn by the end of its thread takes no later line with it', async (context) => {
  // More than a pipe holds, and nobody reads until the deadline is past: the thread is in a line.
  const width = 100_000;
  const { child, emulator } = await start(context, 'flood.handler', { timeoutMs: 1500 });
  await emulator.invoke({ ok: true });
  child.output.pause();
  const stuck = await emulator.invoke({ lines: LINES, ending: 'return', width });
  // The next worker comes to its first line while the reader still looks away.
  const next = emulator.invoke({ lines: 3, ending: 'return', width });
  await lookAway(child);
  const after = await next;
  await stop(child);

  assert.equal(errorTypeOf(stuck), 'Sandbox.Timedout');
  assert.equal(after.payload, 'done');
  const bodies = child.lines.map((line) => line.split('\tINFO\t')[1] ?? line);
  const whole = (index: number): string => `line ${index} ${'.'.repeat(width)}`;
  assert.deepEqual(bodies.slice(-3), [whole(0), whole(1), whole(2)], 'the later lines');
  const earlier = bodies.slice(0, -3);
  const torn = earlier.pop() ?? '';
  assert.ok(torn.length < whole(earlier.length).length, 'the thread was ended within a line');
  assert.ok(whole(earlier.length).startsWith(torn), 'nothing but the end is missing');
  assert.deepEqual(
    earlier,
    earlier.map((_, index) => whole(index)),
  );
});

test('long lines of a standby at Init and of a busy worker never mix', async (context) => {
  const { child, emulator } = await start(context, 'two-threads.handler', {
    env: { BULKHEAD_STANDBY: '3', AWS_LAMBDA_LOG_LEVEL: 'DEBUG' },
  });
  // Three standbys are started behind the first poll, each of which logs while these run.
  for (let run = 0; run < 3; run += 1) await emulator.invoke({});
  await child.until(({ stderr }) => stderr.split('"worker_started"').length - 1 === 4);
  await stop(child);

  const counts = new Map<string, number>();
  for (const line of child.lines) {
    const match = /\tINFO\t<(init|run) (\d+) (\d+) (i{5000}|r{5000})>$/.exec(line);
    assert.ok(match !== null, `torn: ${line.slice(0, 120)}`);
    const [, phase, thread, index] = match;
    const key = `${phase} ${thread}`;
    const seen = counts.get(key) ?? 0;
    assert.equal(Number(index), seen % 200, `order within ${key}`);
    counts.set(key, seen + 1);
  }
  const inits = [...counts].filter(([key]) => key.startsWith('init'));
  assert.deepEqual(
    inits.map(([, count]) => count),
    [200, 200, 200, 200],
  );
  const runs = [...counts].filter(([key]) => key.startsWith('run'));
  assert.deepEqual(
    runs.map(([, count]) => count),
    [600],
  );
});

test('whatever way it was printed, it is there before the thread is ended', async (context) => {
  const { child, emulator } = await start(context, 'prints.handler', { timeoutMs: 1000 });
  const result = await emulator.invoke({});
  const after = await emulator.invoke({ ok: true });
  await stop(child);

  assert.equal(errorTypeOf(result), 'Sandbox.Timedout');
  assert.deepEqual(after.payload, { pid: child.child.pid });
  const printed = [
    'written to stdout\n',
    'bytes to stdout\n',
    'corked one, corked two\n',
    "│ 0       │ 'cell' │",
    "{ shown: 'by dir' }\n",
    '\tINFO\tgroup\n',
    '\tERROR\terror in a group\n',
    '\tTRACE\ttrace\n',
    'Assertion failed: asserted',
    'counted: 1\n',
    'written to the descriptor\n',
    'no line feed at the end',
  ];
  let from = 0;
  for (const text of printed) {
    const at = child.stdout.indexOf(text, from);
    assert.ok(at >= 0, `missing or out of order: ${text}\n${child.text}`);
    from = at;
  }
  assert.match(child.stderr, /written to stderr\n/);
});

type StartOptions = {
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
};

async function start(
  context: TestContext,
  handler: string,
  { timeoutMs = TIMEOUT_MS, env = {} }: StartOptions = {},
): Promise<{ readonly child: RuntimeChild; readonly emulator: Emulator }> {
  const emulator = await Emulator.start({ timeoutMs, onLog: () => {} });
  context.after(() => emulator.close());
  const { runtimeApi } = emulator;
  const child = new RuntimeChild(context, { handler, runtimeApi, env, isPiped: true });
  await Promise.race([emulator.waitForPoll(), child.failure()]);
  return { child, emulator };
}

/** The slow reader is what is tested, so here the test does let time pass. */
async function lookAway({ output }: RuntimeChild): Promise<void> {
  output.pause();
  await wait(READER_PAUSE_MS);
  output.resume();
}

function stop(runtime: RuntimeChild): RuntimeChild['ended'] {
  runtime.child.kill('SIGTERM');
  return runtime.ended;
}

function errorTypeOf({ functionError, payload }: InvokeResult): string | undefined {
  return functionError === undefined ? undefined : (payload as { errorType: string }).errorType;
}
