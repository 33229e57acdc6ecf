// How the bench decides: what counts as met and as missed, and what a few samples cannot tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Samples } from '../../bench/cost/experiment.ts';
import { judge, readTargets, type Target } from '../../bench/cost/judge.ts';
import type { WarmRun } from '../../bench/cost/measure.ts';
import { tailRatioOf } from '../../bench/support/tail-ratio.ts';
import { planVariants, type VariantName } from '../../bench/support/variants.ts';
import { quantile, randomNumbers } from '../../src/cli/bench/statistics.ts';

const ROUNDS = 8;
const loopTarget: Target = {
  id: 'P1',
  measure: 'warm loop, p50',
  metric: 'loopP50',
  payloadBytes: 100,
  variant: 'bulkhead',
  against: 'aws-lambda-ric',
  most: { ratio: 0.6 },
};
const memoryTarget: Target = {
  id: 'P6',
  measure: 'memory',
  metric: 'rss',
  variant: 'bulkhead',
  against: 'aws-lambda-ric',
  most: { moreMb: 20 },
};

test('a target is met or missed by the whole interval, and else not decided', () => {
  const verdictOf = (loopsUs: readonly number[]): string | undefined =>
    verdicts([loopTarget], toRuns(loopsUs), toRuns(steady(1000)))[0];

  assert.equal(verdictOf(steady(550)), 'met');
  assert.equal(verdictOf(steady(600)), 'met');
  assert.equal(verdictOf(steady(650)), 'missed');
  assert.equal(verdictOf([500, 700, 510, 690, 520, 680, 590, 610]), 'not decided');
});

test('too few rounds decide nothing, and what was not measured is not judged', () => {
  const few = toRuns(steady(650).slice(0, 3));

  assert.deepEqual(verdicts([loopTarget], few, toRuns(steady(1000))), ['not decided']);
  assert.deepEqual(verdicts([loopTarget], [], toRuns(steady(1000))), ['not measured']);
});

test('memory is judged by what there is more of it', () => {
  const runs = (rssMb: number): WarmRun[] => toRuns(steady(1), rssMb);

  assert.deepEqual(verdicts([memoryTarget], runs(79), runs(60)), ['met']);
  assert.deepEqual(verdicts([memoryTarget], runs(81), runs(60)), ['missed']);
});

test('a target for another Node.js is left out', () => {
  const targets = [26, 24].map((node) => ({ ...loopTarget, node }));
  const measured = { variants: [], sdk: [] };

  assert.deepEqual(
    judge(measured, targets, 'v24.21.0').map(({ node }) => node),
    [24],
  );
});

test('bench/targets.json has P1 to P7, of variants that there are', () => {
  const names = planVariants('echo.handler', undefined).variants.map(({ name }) => name);
  const known = [...names, 'aws-lambda-ric'];
  const targets = readTargets();

  const ids = [...new Set(targets.map(({ id }) => id))];
  assert.deepEqual(ids, ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7']);
  for (const { id, variant, against } of targets)
    for (const name of [variant, against]) assert.ok(known.includes(name as VariantName), id);
});

test('tailRatioOf() pools all rounds, and draws rounds for the interval', () => {
  const random = randomNumbers(7);
  const rounds = Array.from({ length: 6 }, () => Array.from({ length: 700 }, () => random()));
  const base = rounds.map((round) => round.map((value) => value / 2));
  const slow = rounds.map((round, at) => (at === 0 ? round.map((value) => value * 10) : round));

  const same = tailRatioOf(rounds, base, 0.999);
  const one = tailRatioOf(slow, base, 0.999);

  assert.deepEqual(same, { ratio: 2, low: 2, high: 2 });
  const pooled = quantile(slow.flat(), 0.999) / quantile(base.flat(), 0.999);
  assert.equal(one.ratio, Math.round(pooled * 1000) / 1000);
  // One slow round of six is often not drawn, and then not there.
  assert.ok(one.low < 2.1 && one.high > 19, JSON.stringify(one));
});

function verdicts(
  targets: readonly Target[],
  of: readonly WarmRun[],
  base: readonly WarmRun[],
): string[] {
  const variants = [toSamples('bulkhead', of), toSamples('aws-lambda-ric', base)];
  return judge({ variants, sdk: [] }, targets, 'v24.21.0').map(({ verdict }) => verdict);
}

function toSamples(name: VariantName, warmRuns: readonly WarmRun[]): Samples {
  const variant = { name, title: name, argv: [], env: {}, answers: 'handled' } as const;
  return { variant, coldStarts: [], warmRuns };
}

function toRuns(loopsUs: readonly number[], rssMb = 50): WarmRun[] {
  return loopsUs.map((loopUs) => ({
    loops: [
      { payloadBytes: 100, answerUs: [], pollUs: [], loopUs: [loopUs], cpuUs: 1, serverUs: 1 },
    ],
    checkedAnswers: 1,
    rssKb: rssMb * 1024,
    rssPeakKb: rssMb * 1024,
    connections: 1,
  }));
}

function steady(value: number): number[] {
  return Array.from({ length: ROUNDS }, () => value);
}
