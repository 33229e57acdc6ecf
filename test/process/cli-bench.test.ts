import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder, runCli } from './cli-process.ts';

/** As far as these tests look at it. */
type Printed = {
  missing: string[];
  variants: {
    name: string;
    coldStarts: { firstPollMs: number; firstAnswerMs: number }[];
    loopUs: number[][];
  }[];
  reports: unknown[];
  startReports: { durationMs: number }[];
};

const SHORT = ['--cold-starts', '2', '--invocations', '20'];

const HANDLERS = {
  'app.mjs': `
    import { appendFileSync } from 'node:fs';
    export const handler = (event) => { console.log('called'); return { got: event.name }; };
    export const throws = () => { throw new TypeError('boom'); };
    let calls = 0;
    export const tires = () => { calls += 1; if (calls > 9) throw new RangeError('tired'); };
    export const marks = () => appendFileSync('invoked', 'x');`,
};

/** Does what the reference client does, as far as a bench can see. */
const CLIENT = `
  const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
  for (;;) {
    const event = await fetch(base + 'next');
    const body = await event.text();
    const id = event.headers.get('lambda-runtime-aws-request-id');
    await fetch(base + id + '/response', { method: 'POST', body });
  }`;

async function addClient(folder: string, text: string): Promise<void> {
  const home = join(folder, 'node_modules/aws-lambda-ric');
  await mkdir(home, { recursive: true });
  const manifest = {
    name: 'aws-lambda-ric',
    version: '9.8.7',
    bin: { 'aws-lambda-ric': 'in.mjs' },
  };
  await writeFile(join(home, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(home, 'in.mjs'), text);
}

test('bench prints tables with the phases, and writes a page', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);
  await addClient(cwd, CLIENT);

  const end = await runCli(
    ['bench', 'app.handler', '--event', '{"name":"Ada"}', '--html', 'bench.html', ...SHORT],
    { cwd },
  );

  assert.equal(end.exitCode, 0, end.stderr);
  assert.equal(end.stderr, 'Wrote bench.html\n');
  for (const title of ['Bulkhead', 'without isolation', 'aws-lambda-ric 9\\.8\\.7']) {
    const rows = end.stdout.match(new RegExp(`^${title} +\\d+ +\\d`, 'gm')) ?? [];
    assert.equal(rows.length, 2, `${title} in the tables of starts and loop:\n${end.stdout}`);
  }
  for (const phase of ['receive', 'dispatch', 'parse', 'stringify', 'return', 'respond']) {
    assert.match(end.stdout, new RegExp(`^${phase}: \\D+[\\d.]+ +[\\d.]+ +- +\\d+ %$`, 'm'));
  }
  assert.match(end.stdout, /^The runtime adds [\d.]+ [µm]s to an invocation of app\.handler/m);
  assert.match(end.stdout, /^Ratios are to "aws-lambda-ric 9\.8\.7";/m);
  for (const step of ['Node\\.js', 'runtime', 'thread', 'Init', 'first poll']) {
    assert.match(end.stdout, new RegExp(`^${step} +[\\d.]+ +[\\d.]+ +[\\d.]+$`, 'm'));
  }
  assert.doesNotMatch(end.stdout, /NaN|undefined|called/);
  const page = await readFile(join(cwd, 'bench.html'), 'utf8');
  assert.ok(page.includes('<h1>bulkhead bench app.handler</h1>'));
  assert.equal(page.match(/<svg /g)?.length, 4);
});

test('bench --json prints every figure; a reference that cannot run is left out', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);
  await addClient(cwd, 'process.exit(3);');

  const end = await runCli(['bench', 'app.handler', '--json', ...SHORT], { cwd });

  assert.equal(end.exitCode, 0, end.stderr);
  const result = JSON.parse(end.stdout) as Printed;
  assert.deepEqual(
    result.variants.map(({ name }) => name),
    ['bulkhead', 'bulkhead-none'],
  );
  assert.match(
    result.missing.join(),
    /^aws-lambda-ric 9\.8\.7 is left out: Cannot measure .*exit status 3/,
  );
  for (const { coldStarts, loopUs } of result.variants) {
    assert.equal(coldStarts.length, 2);
    for (const { firstPollMs, firstAnswerMs } of coldStarts) {
      assert.ok(firstPollMs > 0 && firstAnswerMs > firstPollMs);
    }
    assert.equal(loopUs.flat().length, 20);
    for (const us of loopUs.flat()) assert.ok(us > 0);
  }
  // The measured ones alone: neither the warm-up nor the first event.
  assert.equal(result.reports.length, 20);
  assert.equal(result.startReports.length, 2);
  for (const { durationMs } of result.startReports) assert.ok(durationMs > 0);
});

test('a handler that fails is no bench: its error, and exit code 1 or 3', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);

  const throws = await runCli(['bench', 'app.throws', ...SHORT], { cwd });
  const tires = await runCli(['bench', 'app.tires', ...SHORT], { cwd });
  const absent = await runCli(['bench', 'app.nope', ...SHORT], { cwd });

  assert.deepEqual([throws.exitCode, throws.stdout], [1, '']);
  assert.match(throws.stderr, /^bulkhead: Cannot measure "app\.throws": .* TypeError: boom\n +at /);
  assert.deepEqual([tires.exitCode, tires.stdout], [1, '']);
  assert.match(
    tires.stderr,
    /^bulkhead: Cannot measure "app\.tires".*: it fails with RangeError: tired\n/,
  );
  assert.deepEqual([absent.exitCode, absent.stdout], [3, '']);
  assert.match(absent.stderr, /app\.nope is undefined or not exported/);
});

test('what bench cannot use is refused before the handler is called', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);
  const rows: [string[], RegExp][] = [
    [[], /^bulkhead: Cannot run "bulkhead bench": no handler is given/],
    [['--invocations', '0'], /--invocations "0": it accepts a whole number of invocations from 1 /],
    [
      ['--cold-starts', 'ten'],
      /--cold-starts "ten": it accepts a whole number of cold starts from/,
    ],
    [['--event', '{'], /it is not JSON/],
    [['--html', 'no/such/bench.html'], /Cannot write "no\/such\/bench\.html": there is no folder/],
    [['--html', ''], /Cannot use --html "": it accepts the name of a file/],
    [['--isolation', 'none'], /the bench compares with it; leave --isolation/],
    [['--metrics-port', '9100'], /"bulkhead bench" has no such flag; it accepts --event/],
  ];
  for (const [args, message] of rows) {
    const handler = args.length === 0 ? [] : ['app.marks'];
    const end = await runCli(['bench', ...handler, ...args], { cwd });
    assert.deepEqual([end.exitCode, end.stdout], [2, ''], args.join(' '));
    assert.match(end.stderr, message);
  }
  assert.equal(existsSync(join(cwd, 'invoked')), false);
});
