// As many events out as there are callers: each sends its next event when it has its answer.
import type { ConcurrentServer } from '../support/concurrent-server.ts';
import { nowUs } from '../support/loop-run.ts';
import type { AnswerKind, Payload } from '../support/payload.ts';
import type { ServerCounts } from '../support/server-counts.ts';

export type ClosedLoop = {
  readonly payload: Payload;
  readonly answers: AnswerKind;
  readonly outstanding: number;
  readonly forMs: number;
};

export type LoopTally = {
  /** Event sent to answer received, its time in the server's queue included. */
  readonly latencyUs: number[];
  /** Of the time that the burst was to take; what was out at its end is not counted. */
  answersInTime: number;
};

/** Longer than any answer here can take, however busy the machine is. */
export const ANSWER_MS_MAX = 60_000;

/** Runs one burst and waits until nothing is out. Every answer is checked. */
export function runClosedLoop(server: ConcurrentServer, loop: ClosedLoop): Promise<LoopTally> {
  const { payload, answers, outstanding, forMs } = loop;
  const tally: LoopTally = { latencyUs: [], answersInTime: 0 };
  let out = 0;
  const send = (): void => {
    out += 1;
    server.push((id) => payload.event(id));
  };
  let timer: NodeJS.Timeout | undefined;
  const done = new Promise<LoopTally>((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(missingText(out))), forMs + ANSWER_MS_MAX);
    const endUs = nowUs() + forMs * 1000;
    server.onAnswer = ({ id, isError, body, queuedUs, answeredUs }) => {
      out -= 1;
      tally.latencyUs.push(answeredUs - queuedUs);
      if (answeredUs <= endUs) tally.answersInTime += 1;
      if (answeredUs <= endUs) send();
      const problem = isError
        ? `an error: ${Buffer.concat(body).toString('utf8', 0, 500)}`
        : payload.problem(id, body, answers);
      if (problem !== undefined)
        reject(new Error(`the answer to event ${id} is wrong: ${problem}`));
      else if (out === 0) resolve(tally);
    };
    for (let caller = 0; caller < outstanding; caller += 1) send();
  });
  return Promise.race([done, server.failed]).finally(() => clearTimeout(timer));
}

export function missingText(count: number): string {
  return `Cannot measure: ${count} events have no answer after ${ANSWER_MS_MAX} ms`;
}

/** Says what a runtime did that none may do; undefined when there is nothing. */
export function strayProblem(counts: ServerCounts): string | undefined {
  const { unknown, duplicate, late, dropped } = counts;
  if (unknown + duplicate + late + dropped === 0) return undefined;
  return (
    `${duplicate} answers to answered ids, ${unknown} to unknown ids, ${late} too late, ` +
    `${dropped} parked polls given up`
  );
}
