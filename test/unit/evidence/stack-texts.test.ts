import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RawFrame, RawStack } from '../../../src/core/captured-stack.ts';
import { CALLBACK_AT, SUSPENDED_TYPE } from '../../../src/core/evidence.ts';
import { LookBudget } from '../../../src/evidence/look-budget.ts';
import { findSegments } from '../../../src/evidence/mappings.ts';
import { otherResources, stackLines, suspendedStack } from '../../../src/evidence/stack-texts.ts';

/** A line of the generated file, and its segments: nine, each of them eight columns wide. The first
 * goes back to the beginning of a source line. */
const LINE = 'const a = call(b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s);\n';
const SEGMENTS = 'AAChE,QAAQ,QAAQ,QAAQ,QAAQ,QAAQ,QAAQ,QAAQ,QAAQ;';

test('64 frames take one reading of the mappings', (context) => {
  const { file, lines, mappings } = bundle(context, 6_000_000);
  const stack = stackIn(file, lines, 64);
  // Reads the map, and lets V8 compile what is measured.
  assert.equal(stackLines(stack, budgetOf(10_000))[0], `f0 (/src/a.ts:${lines + 1}:9)`);
  const [once, all] = [[], []] as [number[], number[]];
  for (let round = 0; round < 5; round += 1) {
    once.push(timeOf(() => findSegments(mappings, [{ line: lines, column: 0 }])));
    all.push(timeOf(() => stackLines(stack, budgetOf(10_000))));
  }

  const [onceMs, allMs] = [Math.min(...once), Math.min(...all)];
  // A reading for each frame would be 64 times as much.
  assert.ok(allMs < onceMs * 6, `${allMs} ms, one reading ${onceMs} ms`);
});

test('what cannot be mapped in time is told by its generated place', (context) => {
  const { file, lines } = bundle(context, 6_000_000);
  const stack = stackIn(file, lines, 64);
  stackLines(stack, budgetOf(10_000));
  let told: readonly string[] = [];

  const tookMs = leastTimeOf(() => {
    told = stackLines(stack, budgetOf(5));
  });

  assert.equal(told.length, 33);
  assert.equal(told[0], `f0 (${file}:${lines}:9)`);
  assert.ok(tookMs < 50, `${tookMs} ms`);
});

test('many large maps take no longer than there is', (context) => {
  const files = [1, 2, 3, 4].map(() => bundle(context, 5_500_000));
  const frames = files.flatMap(({ file, lines }) => stackIn(file, lines, 1).frames);
  const budgetMs = 300;

  let told: readonly string[] = [];

  const tookMs = timeOf(() => {
    told = stackLines({ ...NOTHING, frames }, budgetOf(budgetMs));
  });

  // What is begun in time may end a little later, on a busy machine above all.
  assert.ok(tookMs < budgetMs + 200, `${tookMs} ms`);
  assert.equal(told.length, 4);
  // Each counts as seven megabytes: three are more than one look may read.
  const mapped = told.filter((line) => line.includes('/src/a.ts'));
  assert.ok(mapped.length <= 2, told.join('\n'));
});

test('places of callbacks are those of the sources, and the rest stays', (context) => {
  const { file } = bundle(context, 1000);
  const details = [`500 ms${CALLBACK_AT}${file}:2:9`, `1 ms${CALLBACK_AT}somewhere`, 'every 2 ms'];
  const resources = [
    { type: SUSPENDED_TYPE, count: 1, details: ['no JSON', JSON.stringify(frameOf(file, 3))] },
    { type: SUSPENDED_TYPE, count: 1, details: [] },
    { type: 'Timeout', count: 3, details },
  ];

  assert.deepEqual(otherResources(resources, budgetOf(1000)), [
    { ...resources[2], details: [`500 ms${CALLBACK_AT}/src/a.ts:3:9`, ...details.slice(1)] },
  ]);
  assert.deepEqual(suspendedStack(resources)?.frames, [frameOf(file, 3)]);
  assert.equal(suspendedStack([]), undefined);
});

const NOTHING: RawStack = { frames: [], omitted: 0, isCut: false };

/** A generated file and a map of that length, in which line n is line n + 1 of one source. */
function bundle(
  context: TestContext,
  chars: number,
): { readonly file: string; readonly lines: number; readonly mappings: string } {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-texts-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'out.cjs');
  const lines = Math.ceil(chars / SEGMENTS.length);
  const mappings = SEGMENTS.replace('hE', 'A') + SEGMENTS.repeat(lines - 1);
  writeFileSync(file, LINE.repeat(lines));
  const map = { version: 3, sources: ['/src/a.ts'], names: [], mappings };
  writeFileSync(`${file}.map`, JSON.stringify(map));
  return { file, lines, mappings };
}

/** The innermost at the end of the file. */
function stackIn(file: string, lines: number, count: number): RawStack {
  const frames = Array.from({ length: count }, (_, nth) => {
    return { ...frameOf(file, lines - nth * 100), name: `f${nth}`, text: `f${nth} (${file}:1:1)` };
  });
  return { ...NOTHING, frames };
}

function frameOf(file: string, line: number): RawFrame {
  const place = { line, column: 9, startLine: line, startColumn: 1 };
  return { text: `f (${file}:1:1)`, name: 'f', file, ...place, isAsync: false, repeats: 0 };
}

function budgetOf(ms: number): LookBudget {
  return new LookBudget(performance.now() + ms);
}

/** Of a few runs: what else the machine does is no business of the test's. */
function leastTimeOf(run: () => void): number {
  return Math.min(...Array.from({ length: 5 }, () => timeOf(run)));
}

function timeOf(run: () => void): number {
  const startedAtMs = performance.now();
  run();
  return performance.now() - startedAtMs;
}
