// A result as one page that needs nothing else: targets, pictures, and all figures as tables.

import { usText } from '../../../src/cli/bench/chart.ts';
import { loopChart } from '../../../src/cli/bench/loop-chart.ts';
import {
  cards,
  figure,
  htmlTable,
  legend,
  pageOf,
  paragraph,
} from '../../../src/cli/bench/page-parts.ts';
import { loopPhaseChart, waterfall } from '../../../src/cli/bench/phase-charts.ts';
import { startChart } from '../../../src/cli/bench/start-chart.ts';
import { toXmlText } from '../../../src/cli/bench/svg.ts';
import type { BenchResult } from '../../cost/result.ts';
import { tablesOf } from '../cost-tables.ts';
import { originLines, sizeText } from '../cost-words.ts';
import { verdictsText } from '../target-words.ts';
import { type Bar, barChart } from './bar-chart.ts';
import { style } from './style.ts';
import { targetSection } from './target-section.ts';

export function renderHtml(result: BenchResult): string {
  const { origin, takenAt } = result;
  const title = `Bulkhead at ${origin.commit}: what the runtime costs`;
  return pageOf(title, style, [
    '<h1>What the runtime costs</h1>',
    paragraph(
      `Bulkhead ${origin.bulkhead} at commit ${origin.commit}, Node ${origin.node}, ` +
        `${takenAt.slice(0, 10)}${result.targets.length > 0 ? `: ${verdictsText(result)}` : ''}`,
    ),
    facts(result),
    ...targetSection(result),
    ...loopSection(result),
    ...startSection(result),
    ...useSection(result),
    ...phaseSection(result),
    '<h2>All figures</h2>',
    ...tablesOf(result).map(htmlTable),
  ]);
}

function facts(result: BenchResult): string {
  const { machine, commit, isModified, benchNode } = result.origin;
  const [, , rounds = '', ratios = '', ...others] = originLines(result);
  const rows: [string, string][] = [
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB`],
    ['System', `${machine.system}, load ${machine.load.toFixed(1)} at the start`],
    ['Commit', `${commit}${isModified ? ', with changes' : ''}; the bench ran on ${benchNode}`],
    ['Rounds', rounds],
    ['Ratios', ratios.replace(/^Ratios: /, '')],
    ...others.map((other): [string, string] => ['Note', other]),
  ];
  const cells = rows.map(([name, value]) => `<dt>${name}</dt><dd>${toXmlText(value)}</dd>`);
  return `<dl>${cells.join('\n')}</dl>`;
}

function loopSection(result: BenchResult): string[] {
  const sizes = result.variants[0]?.loops.map(({ payloadBytes }) => payloadBytes) ?? [];
  const charts = sizes.flatMap((bytes) => {
    const curves = result.variants.flatMap(({ name, loops }) =>
      loops
        .filter(({ payloadBytes }) => payloadBytes === bytes)
        .map(({ curve }) => ({ name, curve })),
    );
    const drawn = loopChart(curves);
    return drawn === undefined ? [] : [figure(`${sizeText(bytes)} events`, drawn)];
  });
  if (charts.length === 0) return [];
  return [
    '<h2>Warm loop</h2>',
    paragraph(
      'From the event that is sent to the next poll. Each line is the share of invocations that ' +
        'took at most so long, up to p99.9; further left is better. The dot is the ' +
        'median; floors are dashed.',
    ),
    legend(result.variants),
    cards(charts),
  ];
}

function startSection({ variants, sdk }: BenchResult): string[] {
  return [
    '<h2>Cold start</h2>',
    paragraph(
      'From spawn. Of each variant the upper dots are first polls, the lower ones first answers; ' +
        'lines and numbers are the medians.',
    ),
    cards([
      figure('A handler that loads nothing', startChart(variants)),
      ...(sdk.length === 0
        ? []
        : [figure('A handler that loads two AWS SDK clients and a logger', startChart(sdk))]),
    ]),
  ];
}

function useSection({ variants, parameters }: BenchResult): string[] {
  const sizes = variants[0]?.loops.map(({ payloadBytes }) => payloadBytes) ?? [];
  const memory = variants.map(({ name, title, rssMb }): Bar => ({ name, title, rounds: rssMb }));
  return [
    '<h2>Processor time and memory</h2>',
    paragraph('Bars are medians over the rounds, whiskers the least and the most of a round.'),
    cards([
      ...sizes.map((bytes, at) => {
        const bars = variants.flatMap(({ name, title, loops }): Bar[] => {
          const rounds = loops[at]?.cpuUs;
          return rounds === undefined ? [] : [{ name, title, rounds }];
        });
        return figure(`Processor time per invocation, ${sizeText(bytes)}`, barChart(bars, usText));
      }),
      figure(
        `Resident memory after ${parameters.memoryAfter.toLocaleString('en')} invocations`,
        barChart(memory, (mb) => `${mb.toFixed(0)} MB`),
      ),
    ]),
  ];
}

function phaseSection({ phases, variants }: BenchResult): string[] {
  if (phases === undefined) return [];
  const titleOf = (name: string): string =>
    variants.find((variant) => variant.name === name)?.title ?? name;
  return [
    '<h2>Phases</h2>',
    paragraph(
      'What the runtime tells of its own time. Of an invocation each phase is a line from the ' +
        'least to p99, thick from the median to p90; of a start each step is where it was.',
    ),
    cards([
      ...phases.loops.map((loop) =>
        figure(`${titleOf(loop.variant)}, ${sizeText(loop.payloadBytes)}`, loopPhaseChart(loop)),
      ),
      ...phases.coldStarts.map((start) =>
        figure(`${titleOf(start.variant)}, the start`, waterfall(start)),
      ),
    ]),
  ];
}
