// What became of every event: how often it was answered, and with what.

import { type Summary, summarise } from '../../src/cli/bench/statistics.ts';
import type { Answer } from '../support/concurrent-server.ts';
import type { Way } from './loss-script.ts';

/** By what the event did ("wait" or a way to lose its thread), then by what came of it. */
export type Outcomes = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Never answered: when it went out, and when it was given up. */
export type Lost = { readonly sentMs: number; readonly givenUpMs: number };

export type Ended = { readonly way: Way | 'wait'; readonly outcome: string };

export const NEVER_ANSWERED = 'never answered';
export const WRONG_ANSWER = 'wrong answer';

export class Ledger {
  readonly lost: Lost[] = [];
  readonly #ways = new Map<number, Way>();
  readonly #outcomes = new Map<string, Map<string, number>>();
  readonly #waitMs: number[] = [];
  #ended = 0;

  /** Events that were answered or given up. */
  get ended(): number {
    return this.#ended;
  }

  sent(id: number, way: Way | undefined): void {
    if (way !== undefined) this.#ways.set(id, way);
  }

  answered({ id, isError, body, queuedUs, answeredUs }: Answer): Ended {
    const text = Buffer.concat(body).toString('utf8');
    const way = this.#ways.get(id) ?? 'wait';
    if (way === 'wait' && !isError) this.#waitMs.push((answeredUs - queuedUs) / 1000);
    if (isError) return this.#count(id, errorTypeOf(text));
    return this.#count(id, text === `{"sequence":${id}}` ? 'success' : WRONG_ANSWER);
  }

  givenUp(id: number, lost: Lost): Ended {
    this.lost.push(lost);
    return this.#count(id, NEVER_ANSWERED);
  }

  get outcomes(): Outcomes {
    const entries = [...this.#outcomes].sort(([a], [b]) => a.localeCompare(b));
    return Object.fromEntries(
      entries.map(([way, counts]) => [way, Object.fromEntries([...counts].sort())]),
    );
  }

  /** Of the waiting events that succeeded, their time in the server's queue included. */
  get latencyMs(): Summary {
    return summarise(this.#waitMs);
  }

  #count(id: number, outcome: string): Ended {
    const way = this.#ways.get(id) ?? 'wait';
    this.#ways.delete(id);
    this.#ended += 1;
    const counts = this.#outcomes.get(way) ?? new Map<string, number>();
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    this.#outcomes.set(way, counts);
    return { way, outcome };
  }
}

function errorTypeOf(text: string): string {
  try {
    const { errorType } = JSON.parse(text) as { errorType?: unknown };
    return typeof errorType === 'string' ? errorType : 'an error without a type';
  } catch {
    return 'an error that is no JSON';
  }
}
