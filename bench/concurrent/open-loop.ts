// Events that come when they come, answered or not: most are light, some keep a thread busy.

import { randomNumbers } from '../../src/cli/bench/statistics.ts';
import type { ConcurrentServer } from '../support/concurrent-server.ts';
import { nowUs } from '../support/loop-run.ts';
import { ANSWER_MS_MAX, missingText } from './closed-loop.ts';

export type Arrival = { readonly atMs: number; readonly isHeavy: boolean };

export type OpenLoop = {
  readonly arrivals: readonly Arrival[];
  /** Processor time that a heavy event takes. */
  readonly burnMs: number;
};

export type ArrivalTally = {
  /** Event at the server to answer received, its time in the server's queue included. */
  readonly lightMs: number[];
  readonly heavyMs: number[];
  /** Events that found nothing parked. */
  queued: number;
  /** By how much the generator itself was late, at most. */
  latenessMsMax: number;
  /** From the first arrival to the last answer. */
  elapsedMs: number;
};

type ScheduleOptions = {
  readonly seed: number;
  readonly ratePerSecond: number;
  readonly forMs: number;
  /** One in that many is heavy. */
  readonly heavyEvery: number;
  /** How many come at the same moment. */
  readonly together: number;
};

/**
 * A steady rate of independent callers: the times between two arrivals are exponential. In each
 * `heavyEvery` arrivals one is heavy, at a random place. One seed, one schedule.
 */
export function makeSchedule(options: ScheduleOptions): Arrival[] {
  const { seed, ratePerSecond, forMs, heavyEvery, together } = options;
  const random = randomNumbers(seed);
  const arrivals: Arrival[] = [];
  let atMs = 0;
  let heavyAt = 0;
  for (;;) {
    const place = arrivals.length % heavyEvery;
    if (place === 0) heavyAt = Math.floor(random() * heavyEvery);
    if (arrivals.length % together === 0) {
      atMs += (-Math.log(1 - random()) * 1000 * together) / ratePerSecond;
    }
    if (atMs > forMs && arrivals.length > 0) return arrivals;
    arrivals.push({ atMs, isHeavy: place === heavyAt });
  }
}

/** Sends every event at its time, and settles when all are answered. Every answer is checked. */
export function runOpenLoop(server: ConcurrentServer, loop: OpenLoop): Promise<ArrivalTally> {
  const { arrivals, burnMs } = loop;
  const startUs = nowUs();
  const queuedBefore = server.counts.queued;
  const tally: ArrivalTally = {
    lightMs: [],
    heavyMs: [],
    queued: 0,
    latenessMsMax: 0,
    elapsedMs: 0,
  };
  const heavyIds = new Set<number>();
  let sent = 0;
  let answered = 0;
  let timer: NodeJS.Timeout | undefined;
  const send = ({ isHeavy }: Arrival): void => {
    sent += 1;
    const more = isHeavy ? `,"burnMs":${burnMs}` : '';
    server.push((id) => {
      if (isHeavy) heavyIds.add(id);
      return Buffer.from(`{"sequence":${id}${more}}`);
    });
  };
  const sendDue = (): void => {
    for (let next = arrivals[sent]; next !== undefined; next = arrivals[sent]) {
      const earlyMs = next.atMs - (nowUs() - startUs) / 1000;
      if (earlyMs > 0) {
        timer = setTimeout(sendDue, earlyMs);
        return;
      }
      tally.latenessMsMax = Math.max(tally.latenessMsMax, -earlyMs);
      send(next);
    }
  };
  let limit: NodeJS.Timeout | undefined;
  const done = new Promise<ArrivalTally>((resolve, reject) => {
    const allMs = (arrivals.at(-1)?.atMs ?? 0) + ANSWER_MS_MAX;
    limit = setTimeout(() => reject(new Error(missingText(sent - answered))), allMs);
    server.onAnswer = ({ id, isError, body, queuedUs, answeredUs }) => {
      answered += 1;
      const list = heavyIds.delete(id) ? tally.heavyMs : tally.lightMs;
      list.push((answeredUs - queuedUs) / 1000);
      const text = Buffer.concat(body).toString('utf8', 0, 500);
      if (isError || text !== `{"sequence":${id}}`) {
        reject(new Error(`the answer to event ${id} is wrong: ${text}`));
      } else if (answered === arrivals.length) {
        tally.queued = server.counts.queued - queuedBefore;
        tally.elapsedMs = (nowUs() - startUs) / 1000;
        resolve(tally);
      }
    };
    sendDue();
  });
  return Promise.race([done, server.failed]).finally(() => {
    clearTimeout(timer);
    clearTimeout(limit);
  });
}
