// When an invocation has to be answered. All times are Unix time in ms; nothing here reads a clock.
import {
  DEADLINE_MARGIN_SHARE_MAX,
  EVIDENCE_MS_MAX,
  EVIDENCE_SHARE,
  LATENESS_MS_MIN,
  LOOK_BUDGET_MS_MIN,
  SOFT_LEAD_MS_MAX,
  SOFT_LEAD_SHARE,
} from './limits.ts';

export type Deadline = {
  /** When the platform gives up. */
  readonly epochMs: number;
  /** What the invocation had when it arrived; the function timeout, as far as one can tell. */
  readonly budgetMs: number;
  /** When the handler is asked to finish, and is looked at for the first time. */
  readonly softEpochMs: number;
  /** When the watchdog answers in the handler's place. */
  readonly fireEpochMs: number;
};

/** The plan for an invocation that arrived at `nowEpochMs`, with a margin asked for in ms. */
export function planDeadline(epochMs: number, nowEpochMs: number, marginMs: number): Deadline {
  const budgetMs = Math.max(0, epochMs - nowEpochMs);
  const fireEpochMs = epochMs - Math.min(marginMs, budgetMs * DEADLINE_MARGIN_SHARE_MAX);
  const softEpochMs = fireEpochMs - Math.min(budgetMs * SOFT_LEAD_SHARE, SOFT_LEAD_MS_MAX);
  return { epochMs, budgetMs, softEpochMs, fireEpochMs };
}

/**
 * The plan on a machine that was late for the soft deadline: it will be late for the answer too,
 * which gets up to twice the margin for it.
 */
export function withLateness(deadline: Deadline, lateMs: number): Deadline {
  if (lateMs < LATENESS_MS_MIN) return deadline;
  const marginMs = deadline.epochMs - deadline.fireEpochMs;
  return { ...deadline, fireEpochMs: deadline.fireEpochMs - Math.min(lateMs * 2, marginMs) };
}

/**
 * How long evidence may be collected from `nowEpochMs` on, in ms: a part of the margin, and never
 * of the part that belongs to the answer. A watchdog that is late collects less, or nothing.
 */
export function evidenceBudgetMs(deadline: Deadline, nowEpochMs: number): number {
  const marginMs = deadline.epochMs - deadline.fireEpochMs;
  const answerFromEpochMs = deadline.epochMs - marginMs * (1 - EVIDENCE_SHARE);
  return Math.max(0, Math.min(EVIDENCE_MS_MAX, answerFromEpochMs - nowEpochMs));
}

/** Whether there is time to look at all: what that takes is loaded for it. */
export function leavesTimeToLook({ budgetMs }: Deadline): boolean {
  return budgetMs >= LOOK_BUDGET_MS_MIN;
}

/** Delivering the event has taken at most this much of the function's timeout, ms. */
const DELIVERY_MS_MAX = 250;

/**
 * The function's timeout as the platform words it, in seconds with two decimals. A timeout is a
 * whole number of seconds, of which the delivery of the event has already taken a little: "3.00"
 * for 2990 ms. A budget further from a whole second is told as it is.
 */
export function toTimeoutSeconds(budgetMs: number): string {
  const wholeMs = Math.ceil(budgetMs / 1000) * 1000;
  return ((wholeMs - budgetMs <= DELIVERY_MS_MAX ? wholeMs : budgetMs) / 1000).toFixed(2);
}
