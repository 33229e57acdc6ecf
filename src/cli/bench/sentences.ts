// What the figures say, in words: the same on the terminal and on the page.
import type { BenchResult, VariantResult } from './bench-result.ts';
import { usText } from './chart.ts';
import { figure, percent } from './figures.ts';
import type { Part, PhaseSummary } from './phase-summary.ts';
import { differenceOf, median, type Spread } from './statistics.ts';

const PART_WORDS: Readonly<Record<Part, string>> = {
  connection: 'the connection to Lambda',
  threads: "the way to the handler's thread and back",
  json: 'JSON and the context',
};

/** The one sentence that says what the runtime adds; without reports what is missing. */
export function overheadSentence(result: BenchResult, phases: PhaseSummary | undefined): string {
  if (phases === undefined) return 'The runtime has reported no phases: only the loop is known.';
  const parts = phases.parts.map(
    ({ part, share }, at) => `${percent(share)} ${at === 0 ? 'is ' : ''}for ${PART_WORDS[part]}`,
  );
  const { handlerUs } = phases;
  const own = handlerUs === undefined ? '' : ` The handler itself takes ${usText(handlerUs.p50)}.`;
  return (
    `The runtime adds ${usText(phases.overheadUs.p50)} to an invocation of ${result.handler} ` +
    `(median). Of all that it adds, ${listed(parts)}.${own}`
  );
}

/** What isolation costs: Bulkhead less the mode without it. */
export function isolationSentence({ variants }: BenchResult): string {
  const [bulkhead, other] = ['bulkhead', 'bulkhead-none'].map((wanted) =>
    variants.find(({ name }) => name === wanted),
  );
  if (bulkhead === undefined || other === undefined) return '';
  const loopUs = differenceOf(loopRounds(bulkhead), loopRounds(other));
  const startMs = differenceOf(startRounds(bulkhead), startRounds(other));
  return (
    'Isolation, against the same handler on the main thread: ' +
    `${spreadText(loopUs, 'µs')} an invocation, ${spreadText(startMs, 'ms')} a cold start.`
  );
}

export function originLines({ bulkhead, node, machine, parameters }: BenchResult): string[] {
  const { coldStarts, invocations, eventBytes, memoryMb } = parameters;
  return [
    `Bulkhead ${bulkhead}, Node ${node}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}`,
    `${coldStarts} cold starts and ${invocations} invocations each, by turns; ` +
      `event of ${eventBytes} bytes, ${memoryMb} MB`,
  ];
}

export function ratioSentence(base: VariantResult | undefined): string {
  return `Ratios are to "${base?.title}"; brackets are 95 % intervals, over the rounds.`;
}

/** What is in every figure of the loop besides the runtime. */
export const LOOP_NOTE =
  'The loop includes the emulator, the same for all: compare, do not add up.';

/** The median of each burst. */
export function loopRounds({ loopUs }: VariantResult): number[] {
  return loopUs.map(median);
}

function startRounds({ coldStarts }: VariantResult): number[] {
  return coldStarts.map(({ firstPollMs }) => firstPollMs);
}

/** For example `+42 µs [+38 to +47]`. */
function spreadText({ value, low, high }: Spread, unit: string): string {
  return `${signed(value)} ${unit} [${signed(low)} to ${signed(high)}]`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${figure(Math.abs(value))}`;
}

function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
