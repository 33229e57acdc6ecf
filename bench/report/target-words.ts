// The targets and what became of them, in words: for every table that shows them.

import type { Table } from '../../src/cli/bench/tables.ts';
import { type Judgement, limitOf } from '../cost/judge.ts';
import type { BenchResult } from '../cost/result.ts';
import { sizeText } from './cost-words.ts';

export function targetTable(result: BenchResult): Table {
  return {
    title: 'Targets',
    header: ['', 'measure', 'of', 'to', 'target', 'measured', 'verdict'],
    rows: result.targets.map((target) => [
      target.id,
      measureText(target),
      titleOf(result, target.variant),
      titleOf(result, target.against),
      targetText(target),
      measuredText(target),
      target.verdict,
    ]),
  };
}

/** For example `warm loop, p50, 10 KB`. */
export function measureText({ measure, payloadBytes }: Judgement): string {
  return payloadBytes === undefined ? measure : `${measure}, ${sizeText(payloadBytes)}`;
}

/** For example `≤ 0.60`, or `≤ +20 MB`. */
export function targetText(target: Judgement): string {
  const limit = limitOf(target);
  return 'ratio' in target.most ? `≤ ${limit.toFixed(2)}` : `≤ +${limit} MB`;
}

/** For example `0.62 [0.58–0.66]`; empty where nothing was measured. */
export function measuredText({ most, value, low, high }: Judgement): string {
  if (value === undefined || low === undefined || high === undefined) return '';
  if ('ratio' in most) return intervalText(value, low, high);
  const signed = (mb: number): string => `${mb < 0 ? '−' : '+'}${Math.abs(mb).toFixed(1)}`;
  return `${signed(value)} MB [${signed(low)}–${signed(high)}]`;
}

export function intervalText(value: number, low: number, high: number): string {
  return `${value.toFixed(2)} [${low.toFixed(2)}–${high.toFixed(2)}]`;
}

/** For example `7 met, 2 missed (P1, P4), 1 not decided (P7)`; empty without targets. */
export function verdictsText({ targets }: BenchResult): string {
  return (['met', 'missed', 'not decided', 'not measured'] as const)
    .map((verdict) => ({ verdict, ids: idsOf(targets, verdict) }))
    .filter(({ ids }) => ids.length > 0)
    .map(({ verdict, ids }) => {
      const names = [...new Set(ids)].join(', ');
      return `${ids.length} ${verdict}${verdict === 'met' ? '' : ` (${names})`}`;
    })
    .join(', ');
}

function idsOf(targets: readonly Judgement[], verdict: Judgement['verdict']): string[] {
  return targets.filter((target) => target.verdict === verdict).map(({ id }) => id);
}

function titleOf(result: BenchResult, name: string): string {
  return result.variants.find((variant) => variant.name === name)?.title ?? name;
}
