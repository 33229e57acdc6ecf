// README's table of costs, made of the results that are kept.
import { nameOf } from '../cost/kept-results.ts';
import type { MetricKey } from '../cost/metrics.ts';
import type { BenchResult, ColdResult, VariantResult } from '../cost/result.ts';
import { markdownTable } from '../support/markdown-table.ts';
import { sizeText } from './cost-words.ts';
import { intervalText, verdictsText } from './target-words.ts';

type Row = MetricKey & {
  readonly measure: string;
  /** Undefined where a variant has no such figure. */
  readonly figure: (variant: VariantResult) => string | undefined;
};

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';
/** The first has its interval; with those of all the others nobody could read the table. */
const COLUMNS: Readonly<Record<string, string>> = {
  bulkhead: 'Bulkhead',
  'bulkhead-no-standby': 'no standby',
  'bulkhead-none': '`BULKHEAD_ISOLATION=none`',
};

export function intoReadme(readme: string, results: readonly BenchResult[]): string {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new Error(`Cannot write README.md: no "${BEGIN}" … "${END}"`);
  const text = results.map(renderResult).join('\n');
  return `${readme.slice(0, from + BEGIN.length)}\n${text}${readme.slice(to)}`;
}

function renderResult(result: BenchResult): string {
  const { origin, takenAt, reference, referenceBuild } = result;
  const { machine } = origin;
  const columns = result.variants.filter(({ name }) => COLUMNS[name] !== undefined);
  const base = result.variants.find(({ name }) => name === reference);
  const build = referenceBuild === null ? '' : ` (${referenceBuild.cmakeBuildType} build)`;
  const rows = rowsOf(result).flatMap((row) => {
    const cells = [...columns, ...(base === undefined ? [] : [base])].map((variant) =>
      cellOf(result, row, variant),
    );
    return cells.every((cell) => cell === '') ? [] : [[row.measure, ...cells]];
  });
  const header = ['measure', ...columns.map(({ name }) => COLUMNS[name] ?? name), 'reference'];
  const name = nameOf(result);
  return [
    `Node ${origin.node.replace(/^v/, '')}, ${machine.cpu}, ${machine.cores} cores, one interleaved run of ` +
      `${takenAt.slice(0, 10)} at commit`,
    `${origin.commit.slice(0, 7)}; ratios to ${base?.title ?? reference}${build}, with their ` +
      '95 % interval:',
    '',
    markdownTable({ title: '', header, rows }),
    ...verdictLines(result),
    ...floorLines(result),
    `![Cold start and warm loop against the reference](bench/results/${name}.svg)`,
    '',
  ].join('\n');
}

function rowsOf(result: BenchResult): Row[] {
  const { parameters, variants } = result;
  const sizes = variants[0]?.loops.map(({ payloadBytes }) => payloadBytes) ?? [];
  const memoryAfter = parameters.memoryAfter.toLocaleString('en');
  const sdk = ({ name }: VariantResult): ColdResult | undefined =>
    result.sdk.find((one) => one.name === name);
  return [
    {
      measure: 'cold start to the first poll',
      metric: 'firstPoll',
      figure: ({ firstPollMs }) => msText(firstPollMs.p50),
    },
    {
      measure: 'cold start to the first answer',
      metric: 'firstAnswer',
      figure: ({ firstAnswerMs }) => msText(firstAnswerMs.p50),
    },
    {
      measure: 'cold start with AWS SDK clients, compile cache shipped',
      metric: 'sdkFirstPoll',
      figure: (variant) => msText(sdk(variant)?.firstPollMs.p50),
    },
    ...sizes.map(
      (payloadBytes): Row => ({
        measure: `warm loop, ${sizeText(payloadBytes)} event, p50`,
        metric: 'loopP50',
        payloadBytes,
        figure: (variant) => usText(loopOf(variant, payloadBytes)?.loopUs.p50),
      }),
    ),
    ...sizes.slice(0, 1).flatMap((payloadBytes): Row[] => [
      {
        measure: `warm loop, ${sizeText(payloadBytes)} event, p99.9`,
        metric: 'loopP999',
        payloadBytes,
        figure: (variant) => usText(loopOf(variant, payloadBytes)?.loopP999Us),
      },
      {
        measure: `processor time per invocation, ${sizeText(payloadBytes)}`,
        metric: 'cpu',
        payloadBytes,
        figure: (variant) => usText(loopOf(variant, payloadBytes)?.cpuUs.p50),
      },
    ]),
    {
      measure: `resident memory after ${memoryAfter} invocations`,
      metric: 'rss',
      figure: ({ rssMb }) => `${rssMb.p50.toFixed(1)} MB`,
    },
  ];
}

function cellOf(result: BenchResult, row: Row, variant: VariantResult): string {
  const figure = row.figure(variant);
  if (figure === undefined) return '';
  if (variant.name === result.reference) return figure;
  const ratio = result.ratios.find(
    ({ variant: name, metric, payloadBytes }) =>
      name === variant.name && metric === row.metric && payloadBytes === row.payloadBytes,
  );
  if (ratio === undefined) return figure;
  const { low, high } = ratio;
  const isFirst = variant.name === 'bulkhead';
  return `${figure}, ${isFirst ? intervalText(ratio.ratio, low, high) : ratio.ratio.toFixed(2)}`;
}

function verdictLines(result: BenchResult): string[] {
  if (result.targets.length === 0) return [];
  const report = `[the report](bench/results/${nameOf(result)}.html)`;
  return [
    `Of the [targets](bench/targets.json) ${verdictsText(result)}; ${report}`,
    'has each with its interval, and the distributions.',
    '',
  ];
}

/** What cannot be cheaper, measured in the same rounds. */
function floorLines({ variants }: BenchResult): string[] {
  const [floor, thread] = ['floor', 'floor-thread'].map((name) =>
    variants.find((variant) => variant.name === name),
  );
  if (floor === undefined) return [];
  const cost = (one: VariantResult): string =>
    `${msText(one.firstPollMs.p50)} to its first poll and ${usText(one.loops[0]?.loopUs.p50)} a loop`;
  return [
    `The floor, a client that sends each event straight back, needs ${cost(floor)}` +
      `${thread === undefined ? '.' : ';'}`,
    ...(thread === undefined
      ? []
      : [`with a thread that each event goes through ${cost(thread)}.`]),
    '',
  ];
}

function loopOf(variant: VariantResult, bytes: number): VariantResult['loops'][number] | undefined {
  return variant.loops.find(({ payloadBytes }) => payloadBytes === bytes);
}

function msText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${ms.toFixed(1)} ms`;
}

function usText(us: number | null | undefined): string | undefined {
  return us === undefined || us === null ? undefined : `${us.toFixed(0)} µs`;
}
