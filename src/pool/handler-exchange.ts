// What travels to a handler and back, in the supervisor's terms.

import type { Deadline } from '../core/deadline.ts';
import { assert, RuntimeError } from '../core/errors.ts';
import type { Invocation } from '../core/invocation.ts';
import { toBytes, toPayload } from '../core/payload.ts';
import type { SlotResult, WorkerAge } from '../core/ports.ts';
import type { HandlerResult, InvokeTask } from '../core/thread-protocol.ts';

/** How a thread takes what it is offered; without a cell it is the thread's at once. */
export type TaskClaim = { readonly cell: number | undefined; readonly isBegun: () => boolean };

/**
 * @param number the thread's count of invocations, from 1 up.
 * @param claim how the thread takes it; undefined: it is the thread's.
 */
export function toTask(
  invocation: Invocation,
  deadline: Deadline | undefined,
  number: number,
  claim: Pick<TaskClaim, 'cell'> | undefined,
): InvokeTask {
  // Field by field: a copy of the object with others added takes several times as long.
  return {
    kind: 'invoke',
    number,
    cell: claim?.cell,
    requestId: invocation.requestId,
    deadlineEpochMs: invocation.deadlineEpochMs,
    softEpochMs: deadline?.softEpochMs,
    functionArn: invocation.functionArn,
    traceId: invocation.traceId,
    clientContext: invocation.clientContext,
    cognitoIdentity: invocation.cognitoIdentity,
    tenantId: invocation.tenantId,
    event: toPayload(invocation.event),
  };
}

/** @throws RuntimeError `Runtime.InvalidResult` for what answers no invocation: one that was
 * withdrawn is answered so, and no other. */
export function checkRun(
  result: HandlerResult,
  { isWithdrawn }: { readonly isWithdrawn: boolean },
): HandlerResult {
  if (isWithdrawn === (result.kind === 'withdrawn') && result.kind !== 'ready') return result;
  throw unusable(`"${result.kind}" answers no invocation that was begun`);
}

/** For a reply that nobody waits for. */
export function strayReply(): RuntimeError {
  return unusable('it belongs to no task');
}

function unusable(why: string): RuntimeError {
  return new RuntimeError('Runtime.InvalidResult', `Cannot use what the worker sent: ${why}`);
}

export function toSlotResult(result: HandlerResult, worker?: WorkerAge): SlotResult {
  assert(result.kind !== 'ready', 'an invocation is not answered with an init result');
  assert(result.kind !== 'withdrawn', 'an invocation that was withdrawn is not waited for');
  if (result.kind === 'success') {
    const { body, handlerMs, measured } = result;
    return {
      kind: 'result',
      outcome: { kind: 'success', body: toBytes(body) },
      handlerMs,
      measured,
      worker,
    };
  }
  const { error, headerType, xrayCause, handlerMs, measured } = result;
  const outcome = { kind: 'failure', error, headerType, xrayCause } as const;
  return { kind: 'result', outcome, handlerMs, measured, worker };
}
