// The report of the bench, made of figures that nobody measured: what is on the page, and what not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchResult, PhaseResult, VariantResult } from '../../bench/cost/result.ts';
import { renderPlot } from '../../bench/report/cost-plot.ts';
import { renderMarkdown, renderText } from '../../bench/report/cost-tables.ts';
import { renderHtml } from '../../bench/report/html/page.ts';
import { intoReadme } from '../../bench/report/readme-table.ts';
import { summarise } from '../../src/cli/bench/statistics.ts';

const NAMES = ['bulkhead', 'aws-lambda-ric', 'floor-thread', 'floor'];
const SIZES = [100, 10_240, 1_048_576, 5_242_880];
const PHASES = ['wait', 'receive', 'dispatch', 'parse', 'handler', 'stringify', 'return'];

const phases: PhaseResult = {
  loops: [
    {
      variant: 'bulkhead',
      payloadBytes: 100,
      phases: PHASES.map((name, at) => ({ name, us: summarise([at, at + 2, at * 20 + 5]) })),
    },
  ],
  coldStarts: [
    {
      variant: 'bulkhead',
      steps: [
        { name: 'Node.js', startMs: 0, endMs: 24 },
        { name: 'thread', startMs: 25.5, endMs: 60 },
      ],
    },
  ],
};

test('the report is one page that loads nothing', () => {
  const page = renderHtml(result());

  assert.match(page, /^<!doctype html>\n<html lang="en">/);
  assert.doesNotMatch(page, /https?:\/\/|\b(src|href)=|url\(|<(script|link|img)\b/);
  assert.doesNotMatch(page, /NaN|undefined|Infinity/);
});

test('the report shows every target with its verdict, and every distribution', () => {
  const page = renderHtml(result());

  assert.match(page, />warm loop, p50, 100 B<.*>≤ 0\.60<.*>0\.87 \[0\.82–0\.90\]<.*>missed</);
  assert.match(page, />memory<.*>≤ \+20 MB<.*>\+12\.5 MB \[\+10\.0–\+15\.0\]<.*>met</);
  for (const size of ['100 B', '10 KB', '1 MB', '5 MB'])
    assert.match(page, new RegExp(`<h3>${size} events</h3>`));
  assert.match(page, /two AWS SDK clients and a logger<\/h3>/);
});

test('the report shows phases where a runtime tells them', () => {
  const without = renderHtml(result());
  const page = renderHtml({ ...result(), phases });

  assert.doesNotMatch(without, /<h2>Phases/);
  assert.match(page, /<h2>Phases/);
  for (const name of [...PHASES, 'Node.js', 'thread']) assert.ok(page.includes(`>${name}</text>`));
  assert.match(page, />34\.5 ms<\/text>/);
  assert.doesNotMatch(page, /NaN|Infinity/);
});

test('text of a result is escaped in the report', () => {
  const page = renderHtml({ ...result(), missing: ['left out: <b>&amp'] });

  assert.ok(page.includes('left out: &lt;b&gt;&amp;amp'));
});

test('the tables and the plot have no empty figures', () => {
  for (const text of [renderText(result()), renderMarkdown(result()), renderPlot(result())])
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
  assert.match(renderText(result()), /^Targets: 1 met, 1 missed \(P1\)$/m);
});

test("README's table is put between its marks, with what was measured", () => {
  const readme = 'before\n<!-- bench:begin -->\nstale\n<!-- bench:end -->\nafter\n';
  const text = intoReadme(readme, [result()]);

  assert.match(text, /^before\n<!-- bench:begin -->\nNode 24\.21\.0, A CPU/);
  assert.match(text, /\n<!-- bench:end -->\nafter\n$/);
  assert.match(text, /\| warm loop, 5 MB event, p50 \| 300 µs, 0\.87 \[0\.82–0\.90\] \| 300 µs \|/);
  assert.match(text, /1 met, 1 missed \(P1\)/);
  assert.doesNotMatch(text, /stale|NaN|undefined/);
  assert.equal(intoReadme(text, [result()]), text);
});

function result(): BenchResult {
  const variants = NAMES.map(toVariant);
  const target = { variant: 'bulkhead', against: 'aws-lambda-ric' };
  return {
    schema: 2,
    takenAt: '2026-01-02T03:04:05.000Z',
    origin: {
      machine: { cpu: 'A CPU', cores: 2, memoryMb: 1024, system: 'linux x64 6.1', load: 0.1 },
      node: 'v24.21.0',
      benchNode: 'v24.21.0',
      bulkhead: '0.1.0',
      commit: '0123456789ab',
      isModified: false,
    },
    reference: 'aws-lambda-ric',
    referenceBuild: null,
    missing: [],
    parameters: {
      handler: 'echo.handler',
      coldStarts: 3,
      sdkStarts: 3,
      rounds: 3,
      loops: SIZES.map((payloadBytes) => ({ payloadBytes, invocations: 3, warmup: 3 })),
      memoryAfter: 1000,
    },
    variants,
    sdk: variants.slice(0, 2),
    ratios: SIZES.map((payloadBytes) => {
      const figures = { ratio: 0.87, low: 0.82, high: 0.9 };
      return { variant: 'bulkhead', metric: 'loopP50', payloadBytes, ...figures };
    }),
    targets: [
      {
        ...{ ...target, id: 'P1', measure: 'warm loop, p50', metric: 'loopP50', payloadBytes: 100 },
        ...{ most: { ratio: 0.6 }, value: 0.87, low: 0.82, high: 0.9, verdict: 'missed' },
      },
      {
        ...{ ...target, id: 'P6', measure: 'memory', metric: 'rss' },
        ...{ most: { moreMb: 20 }, value: 12.5, low: 10, high: 15, verdict: 'met' },
      },
    ],
  };
}

function toVariant(name: string): VariantResult {
  const [starts, times] = [
    [40, 42, 47],
    [250, 300, 900],
  ];
  return {
    name,
    title: name,
    firstPollMs: summarise(starts),
    firstAnswerMs: summarise(starts),
    firstPollSamplesMs: starts,
    firstAnswerSamplesMs: starts,
    loops: SIZES.map((payloadBytes) => ({
      payloadBytes,
      answerUs: summarise(times),
      pollUs: summarise(times),
      loopUs: summarise(times),
      loopP999Us: 900,
      curve: [
        [0, 250],
        [0.5, 300],
        [1, 900],
      ],
      cpuUs: summarise(times),
      serverUs: summarise(times),
    })),
    rssMb: summarise(times),
    rssPeakMb: summarise(times),
    connections: 1,
    checkedAnswers: 9,
  };
}
