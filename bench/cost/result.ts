// The result of one run of the bench, as it is printed, plotted and written. Plain JSON.
import type { Curve } from '../../src/cli/bench/loop-chart.ts';
import type { LoopPhases as PhasesOfLoop, StartPhases } from '../../src/cli/bench/phase-charts.ts';
import type { Starts } from '../../src/cli/bench/start-chart.ts';
import type { Ratio, Summary } from '../../src/cli/bench/statistics.ts';
import type { Origin } from '../support/machine.ts';
import type { ReferenceBuild } from '../support/reference.ts';
import type { Judgement } from './judge.ts';
import type { LoopPlan } from './measure.ts';
import type { MetricKey } from './metrics.ts';

export type LoopResultRow = {
  readonly payloadBytes: number;
  readonly answerUs: Summary;
  readonly pollUs: Summary;
  readonly loopUs: Summary;
  /** Of all rounds together; null in a result from before it was taken. */
  readonly loopP999Us: number | null;
  /** The distribution of the loop. */
  readonly curve: Curve['curve'];
  /** Over rounds: processor time of the runtime, and time of the bench's server, per invocation. */
  readonly cpuUs: Summary;
  readonly serverUs: Summary;
};

export type ColdResult = Starts;

export type VariantResult = ColdResult & {
  readonly loops: readonly LoopResultRow[];
  readonly rssMb: Summary;
  readonly rssPeakMb: Summary;
  readonly connections: number;
  /** All of them right: a wrong answer ends the bench. */
  readonly checkedAnswers: number;
};

export type RatioRow = MetricKey & Ratio & { readonly variant: string };

/** Where the time of an invocation, and of a start, goes: what a runtime tells of itself. */
export type PhaseResult = {
  readonly loops: readonly LoopPhases[];
  /** Timed from spawn. */
  readonly coldStarts: readonly StartPhases[];
};

export type LoopPhases = PhasesOfLoop & { readonly payloadBytes: number };

export type BenchResult = {
  readonly schema: 2;
  readonly takenAt: string;
  readonly origin: Origin;
  readonly reference: string;
  readonly referenceBuild: ReferenceBuild | null;
  readonly missing: readonly string[];
  readonly parameters: {
    readonly handler: string;
    readonly coldStarts: number;
    readonly sdkStarts: number;
    readonly rounds: number;
    readonly loops: readonly LoopPlan[];
    /** How many invocations of 100 bytes there had been when memory was read. */
    readonly memoryAfter: number;
  };
  readonly variants: readonly VariantResult[];
  /** The starts of a handler that loads AWS SDK clients. */
  readonly sdk: readonly ColdResult[];
  /** Every figure of every variant over the same figure of the reference. */
  readonly ratios: readonly RatioRow[];
  readonly targets: readonly Judgement[];
  /** Not there where no runtime tells its phases. */
  readonly phases?: PhaseResult;
};
