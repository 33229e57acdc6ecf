// A worker slot without a thread: a test says what the thread takes, answers and dies of.
import assert from 'node:assert/strict';
import { ClaimBoard, createClaimBoard } from '../../../../src/core/claim-board.ts';
import type { Invocation } from '../../../../src/core/invocation.ts';
import type { ErrorOutcome } from '../../../../src/core/outcome.ts';
import type { SlotResult, WorkerEndCause } from '../../../../src/core/ports.ts';
import type { OutcomeOf } from '../../../../src/pool/slot-death.ts';
import type { WorkerSlot } from '../../../../src/pool/worker-slot.ts';
import type { SlotState } from '../../../../src/pool/worker-slot-options.ts';

type Sent = {
  readonly number: number;
  readonly invocation: Invocation;
  readonly cell: number | undefined;
  readonly resolve: (result: SlotResult) => void;
};

export const SUCCESS: SlotResult = {
  kind: 'result',
  outcome: { kind: 'success', body: new Uint8Array() },
  handlerMs: 1,
};

export class FakeSlot {
  readonly id: number;
  readonly claims: SharedArrayBuffer = createClaimBoard();
  state: SlotState = 'ready';
  role: 'active' | 'standby' = 'active';
  invocationCount = 0;
  endCause: WorkerEndCause | undefined;
  endDetail: string | undefined;
  /** All that it has ever been sent, and what it has now. */
  readonly sent: Sent[] = [];
  readonly given = new Map<number, Sent>();
  readonly abandoned: number[] = [];
  readonly forgotten: number[] = [];
  /** Outcomes that `fail` has given, by request id. */
  readonly failures = new Map<string, ErrorOutcome>();
  /** Answers to "does your loop turn?" that have not been given yet. */
  readonly #asked: (() => void)[] = [];
  readonly #board = new ClaimBoard(this.claims);
  readonly children = { sinceEpochMs: 0 };
  /** No thread has this number: nobody can look into it. */
  readonly thread = {
    worker: { threadId: -1 },
    ping: (onTurn: () => void): void => void this.#asked.push(onTurn),
    askPending: (_searchMs: number, onEarly: () => void = () => {}): Promise<readonly []> =>
      new Promise((resolve) => {
        this.#asked.push(() => {
          onEarly();
          resolve([]);
        });
      }),
  };

  constructor(id: number = 1) {
    this.id = id;
  }

  get whole(): WorkerSlot {
    return this as unknown as WorkerSlot;
  }

  /** As much of PendingTasks as is asked for. */
  get tasks(): unknown {
    const begun = [...this.given.values()].filter((task) => this.isTaken(task.number));
    return {
      onlyNumber: begun.length === 1 ? begun[0]?.number : undefined,
      find: (number: number) => this.given.get(number)?.invocation,
    };
  }

  invoke(
    invocation: Invocation,
    _deadline: unknown,
    _openStream: unknown,
    claim: { readonly cell: number | undefined },
  ): Promise<SlotResult> {
    assert.equal(this.state, 'busy');
    this.invocationCount += 1;
    const number = this.invocationCount;
    return new Promise((resolve) => {
      const task = { number, invocation, cell: claim.cell, resolve };
      this.sent.push(task);
      this.given.set(number, task);
    });
  }

  forget(number: number): void {
    this.forgotten.push(number);
    this.given.delete(number);
  }

  abandon(number: number): void {
    this.abandoned.push(number);
  }

  end(cause: WorkerEndCause, detail?: string): void {
    if (this.endCause !== undefined) return;
    this.endCause = cause;
    this.endDetail = detail;
    this.state = 'gone';
    this.given.clear();
  }

  fail(cause: WorkerEndCause, outcomeOf: OutcomeOf): void {
    const tasks = [...this.given.values()];
    this.end(cause);
    for (const { number, invocation, resolve } of tasks) {
      const outcome = outcomeOf({ number, requestId: invocation.requestId });
      this.failures.set(invocation.requestId, outcome);
      resolve({ kind: 'crash', outcome });
    }
  }

  /** The thread: begins it. */
  take(number: number): boolean {
    const cell = this.sent[number - 1]?.cell;
    return cell === undefined || this.#board.take(cell, number);
  }

  isTaken(number: number): boolean {
    const cell = this.sent[number - 1]?.cell;
    return cell === undefined || this.#board.isTaken(cell, number);
  }

  /** The thread: the first, synchronous part of it runs. */
  enter(number: number): void {
    this.#board.enter(number);
  }

  /** The thread: has come to the end of it. */
  answer(number: number, result: SlotResult = SUCCESS): void {
    const task = this.given.get(number);
    this.given.delete(number);
    task?.resolve(result);
  }

  /** Its loop turns, and answers all who have asked. */
  turn(): number {
    const asked = this.#asked.splice(0);
    for (const answer of asked) answer();
    return asked.length;
  }
}

export function invocationOf(requestId: string, event: string = ''): Invocation {
  return {
    requestId,
    invocationId: undefined,
    deadlineEpochMs: undefined,
    functionArn: '',
    traceId: undefined,
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId: undefined,
    event: new TextEncoder().encode(event),
  };
}
