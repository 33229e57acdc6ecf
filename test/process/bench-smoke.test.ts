// Keeps the bench working and honest: one short run, of which the shape is checked, not the speed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Comparison } from '../../bench/concurrent/comparison.ts';
import type { BenchResult, ColdResult, VariantResult } from '../../bench/cost/result.ts';
import { makePayload } from '../../bench/support/payload.ts';
import { RequestParser } from '../../bench/support/request-parser.ts';
import type { Summary } from '../../src/cli/bench/statistics.ts';

const root = resolve(import.meta.dirname, '../..');
const script = join(root, 'bench/run.ts');
const RUN_MS_MAX = 60_000;
const COLD_STARTS = 1;
const ROUNDS = 1;
const INVOCATIONS = 20;

test('bench/run.ts measures Bulkhead with and without isolation, and the floors', async () => {
  assert.ok(existsSync(join(root, 'dist/src/cli.js')), 'npm run build comes first');

  const { code, stdout, stderr } = await runBench('--smoke', '--json', `--runs=${COLD_STARTS}`);

  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as BenchResult;
  const names = result.variants.map((variant) => variant.name);
  for (const name of ['bulkhead', 'bulkhead-no-standby', 'bulkhead-none', 'floor-thread', 'floor'])
    assert.ok(names.includes(name), name);
  assert.ok(names.includes(result.reference));
  assert.equal(result.parameters.loops[0]?.invocations, INVOCATIONS);
  assert.match(result.origin.node, /^v\d+\.\d+\.\d+$/);
  for (const variant of result.variants) checkVariant(variant, result);
  for (const start of result.sdk) checkStarts(start, 1);
  const { loops = [], coldStarts = [] } = result.phases ?? {};
  assert.deepEqual(
    loops[0]?.phases.map(({ us }) => us.count),
    Array(9).fill(INVOCATIONS),
  );
  assert.ok(coldStarts[0]?.steps.every(({ startMs, endMs }) => startMs >= 0 && endMs > startMs));
  // One round decides nothing.
  assert.ok(result.targets.length > 0);
  for (const { id, verdict } of result.targets) assert.match(verdict, /^not /, id);
  checkRatios(result);
});

for (const { bench, only, groups } of [
  { bench: 'concurrency', only: ['bulkhead', 'floor'], groups: 10 },
  { bench: 'noisy-neighbour', only: ['bulkhead'], groups: 3 },
]) {
  test(`bench/run.ts measures ${bench}`, async () => {
    const { code, stdout, stderr } = await runBench(
      ...[bench, '--smoke', '--json', `--only=${only.join(',')}`],
    );

    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout) as Comparison;
    assert.equal(result.bench, bench);
    assert.equal(result.groups.length, groups);
    for (const { name, metrics, rows } of result.groups) {
      const variants = rows.map(({ variant }) => variant);
      assert.deepEqual(variants, only, name);
      for (const { title, cells } of rows) checkCells(`${name}, ${title}`, metrics, cells);
    }
  });
}

test('bench/run.ts draws where the time of both threads goes', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-flame-'));
  context.after(() => rmSync(folder, { recursive: true }));

  const { code, stderr } = await runBench('flame', '--count=500', `--out=${folder}`);

  assert.equal(code, 0, stderr);
  for (const [thread, frame] of [
    ['supervisor', 'slot-thread.ts'],
    ['worker', 'handler-runner.ts'],
  ] as const) {
    const name = readdirSync(folder).find((file) => file.startsWith(`flame-${thread}-node-`));
    assert.match(readFileSync(join(folder, name ?? ''), 'utf8'), new RegExp(frame));
  }
});

test('bench/run.ts compares two checkouts', async () => {
  const few = ['--rounds=1', '--runs=1'];
  const { code, stdout, stderr } = await runBench('regression', `--before=${root}`, ...few);

  assert.equal(code, 0, stderr);
  for (const measure of ['warm loop, p50', 'processor time per invocation', 'cold start'])
    assert.match(stdout, new RegExp(`^${measure}.* \\d\\.\\d\\d \\[.*ok$`, 'm'));
});

test('bench/run.ts refuses a bench that does not exist, and says which there are', async () => {
  const { code, stderr } = await runBench('latency');

  assert.equal(code, 1);
  assert.match(
    stderr,
    /^Cannot run the bench "latency": there are regression, flame, concurrency, noisy-/,
  );
});

test('bench/run.ts refuses a number that it cannot use, and says what it accepts', async () => {
  const { code, stdout, stderr } = await runBench('--runs=none');

  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^Cannot use --runs=none: it accepts a whole number/);
});

test('bench/run.ts refuses a variant that does not exist', async () => {
  const { code, stderr } = await runBench('--smoke', '--only=floor,piscina');

  assert.equal(code, 1);
  assert.match(stderr, /^Cannot run "piscina"/m);
});

test('makePayload() tells a right answer from a wrong one', () => {
  const payload = makePayload(100);
  const event = payload.event(3).toString('latin1');
  const right = event.replace(/}$/, `,"check":${100_000_003 + bodyLengthOf(event)}}`);
  const problemOf = (answer: string): string | undefined =>
    payload.problem(3, [Buffer.from(answer)], 'handled');

  assert.equal(event.length, 100);
  assert.equal(problemOf(right), undefined);
  assert.equal(payload.problem(3, [Buffer.from(event)], 'verbatim'), undefined);
  assert.match(problemOf(event) ?? '', /bytes/);
  assert.match(problemOf(right.replace('"check":1', '"check":2')) ?? '', /ends in/);
  assert.match(problemOf(right.replace('quick', 'quack')) ?? '', /did not come back/);
  assert.match(payload.problem(3, [], 'handled') ?? '', /empty/);
});

test('RequestParser reads pipelined, length-framed and chunked requests cut anywhere', () => {
  const stream = Buffer.from(
    'POST /a/response HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello' +
      'GET /next HTTP/1.1\r\nHost: x\r\n\r\n' +
      'POST /b/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n' +
      'GET /next HTTP/1.1\r\n\r\nPOST /c/error HTTP/1.1\r\nContent-Length: 0\r\n\r\n',
  );
  const expected = ['POST /a/response hello', 'GET /next ', 'POST /b/response abc0123456789'];
  expected.push('GET /next ', 'POST /c/error ');

  for (let cut = 1; cut < stream.length; cut += 1) {
    const parser = new RequestParser();
    const requests = [stream.subarray(0, cut), stream.subarray(cut)].flatMap((piece) =>
      parser.push(piece),
    );
    const seen = requests.map(
      ({ method, path, body }) => `${method} ${path} ${Buffer.concat(body)}`,
    );
    assert.deepEqual(seen, expected, `cut at ${cut}`);
  }
});

function bodyLengthOf(event: string): number {
  return (JSON.parse(event) as { body: string }).body.length;
}

function checkVariant(variant: VariantResult, result: BenchResult): void {
  const { loops } = result.parameters;
  const warmAnswers = loops.reduce((sum, loop) => sum + loop.invocations + loop.warmup, 0);
  // Each answer that was counted here was compared with the event and its check value.
  assert.equal(variant.checkedAnswers, COLD_STARTS + ROUNDS * warmAnswers, variant.name);
  checkStarts(variant, COLD_STARTS);
  checkSummary(variant.rssMb, ROUNDS);
  assert.ok(variant.rssPeakMb.max >= variant.rssMb.max);
  assert.equal(variant.loops.length, loops.length);
  for (const [at, loop] of variant.loops.entries()) {
    const invocations = ROUNDS * (loops[at]?.invocations ?? 0);
    checkSummary(loop.loopUs, invocations);
    checkSummary(loop.answerUs, invocations);
    // Where the kernel counts processor time in ticks only, 20 invocations may cost none.
    assert.ok(loop.cpuUs.count === ROUNDS && loop.cpuUs.min >= 0);
    checkSummary(loop.serverUs, ROUNDS);
    // A pipelined poll arrives with the answer, in no time at all.
    assert.ok(loop.pollUs.count === invocations && loop.pollUs.min >= 0);
    assert.ok(loop.loopUs.max >= loop.answerUs.max);
    const times = loop.curve.map(([, us]) => us);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.deepEqual([times[0], times.at(-1)], [loop.loopUs.min, loop.loopUs.max]);
  }
}

function checkStarts(variant: ColdResult, starts: number): void {
  checkSummary(variant.firstPollMs, starts);
  checkSummary(variant.firstAnswerMs, starts);
  assert.ok(variant.firstAnswerMs.p50 > variant.firstPollMs.p50);
}

function checkCells(
  where: string,
  metrics: Comparison['groups'][number]['metrics'],
  cells: Comparison['groups'][number]['rows'][number]['cells'],
): void {
  for (const { name, isCompared } of metrics) {
    const { min = 0, median = 0, max = 0 } = cells[name] ?? {};
    assert.ok(min <= median && median <= max, `${where}: ${name}`);
    // Where the kernel counts processor time in ticks only, a few events may cost none; and a
    // burst is so short that a busy machine may stand still for all of it.
    const mayBeZero = isCompared === false || name === 'cpu' || name === 'throughput';
    if (!mayBeZero) assert.ok(min > 0, `${where}: no ${name}`);
  }
}

function checkSummary(summary: Summary, count: number): void {
  const { min, p50, p90, p99, max } = summary;
  assert.equal(summary.count, count);
  assert.ok(min > 0, `not positive: ${JSON.stringify(summary)}`);
  assert.ok(min <= p50 && p50 <= p90 && p90 <= p99 && p99 <= max, JSON.stringify(summary));
}

function checkRatios(result: BenchResult): void {
  for (const row of result.ratios.filter(({ metric }) => metric !== 'cpu')) {
    assert.ok(row.low > 0 && row.low <= row.high, JSON.stringify(row));
    if (row.variant === result.reference) assert.equal(row.ratio, 1);
  }
}

async function runBench(
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
