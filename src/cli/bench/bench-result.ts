// What `bulkhead bench` has measured: raw, as --json prints it. The reports make summaries of it.
import type { InvocationReport, StartReport } from './report-line.ts';

export type VariantName = 'bulkhead' | 'bulkhead-none' | 'aws-lambda-ric';

export type ColdStart = {
  /** From spawn to the first poll, and to the answer to an event that was waiting. */
  readonly firstPollMs: number;
  readonly firstAnswerMs: number;
};

export type VariantResult = {
  readonly name: VariantName;
  readonly title: string;
  readonly coldStarts: readonly ColdStart[];
  /** From event handed over to next poll, burst by burst; all variants have the same bursts. */
  readonly loopUs: readonly (readonly number[])[];
  /** Of the whole process, per invocation; undefined where the system does not tell. */
  readonly cpuUs: number | undefined;
  /** Resident memory after the loop; undefined where the system does not tell. */
  readonly rssMb: number | undefined;
};

export type BenchResult = {
  readonly schema: 1;
  readonly takenAt: string;
  readonly handler: string;
  readonly bulkhead: string;
  readonly node: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly system: string };
  readonly parameters: {
    readonly coldStarts: number;
    readonly invocations: number;
    readonly eventBytes: number;
    readonly timeoutMs: number;
    readonly memoryMb: number;
  };
  /** One sentence for each variant that could not be measured. */
  readonly missing: readonly string[];
  /** Bulkhead first. */
  readonly variants: readonly VariantResult[];
  /** Of a Bulkhead that wrote them, in turns with those that were timed. */
  readonly reports: readonly InvocationReport[];
  readonly startReports: readonly StartReport[];
};
