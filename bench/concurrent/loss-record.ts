// What is asked of a run under losses, and what it records.

import type { Summary } from '../../src/cli/bench/statistics.ts';
import type { ServerCounts } from '../support/server-counts.ts';
import type { Dip } from './capacity-meter.ts';
import type { Lost, Outcomes } from './ledger.ts';
import type { ScriptOptions, Way } from './loss-script.ts';

export type LossPlan = ScriptOptions & {
  readonly lanes: number;
  readonly forMs: number;
  /** Of each event, in its headers. */
  readonly deadlineMs: number;
  /** How long a caller waits after an answer before it sends its next event. */
  readonly thinkMs: number;
};

export type LossSample = {
  readonly atMs: number;
  readonly parked: number;
  readonly running: number;
  /** The most that was parked and running together since the sample before. */
  readonly highest: number;
};

/** Something that happened to the process, or an event that takes a thread down. */
export type LossMark = { readonly atMs: number; readonly what: Way | 'ended' | 'hung' | 'started' };

export type LossRun = {
  readonly forMs: number;
  readonly handedOut: number;
  readonly outcomes: Outcomes;
  readonly latencyMs: Summary;
  readonly counts: ServerCounts;
  readonly pids: readonly number[];
  /** Ended by itself, and ended by the bench because it no longer polled. */
  readonly ends: number;
  readonly hangs: number;
  /** How long lanes were away after a loss, and otherwise longer than between two events. */
  readonly lostMs: readonly number[];
  readonly slowMs: readonly number[];
  readonly lanesMissing: number;
  readonly dips: readonly Dip[];
  /** Parked when all was answered. */
  readonly parkedAtEnd: number;
  readonly rssMbMost: number;
  readonly samples: readonly LossSample[];
  readonly marks: readonly LossMark[];
  readonly lost: readonly Lost[];
};
