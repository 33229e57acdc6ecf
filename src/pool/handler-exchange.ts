// What travels to a handler and back, in the supervisor's terms.

import type { Deadline } from '../core/deadline.ts';
import { assert } from '../core/errors.ts';
import type { Invocation } from '../core/invocation.ts';
import type { SlotResult } from '../core/ports.ts';
import type { HandlerResult, InvokeTask } from '../core/thread-protocol.ts';

/** @param number the thread's count of invocations, from 1 up. */
export function toTask(
  invocation: Invocation,
  deadline: Deadline | undefined,
  number: number,
): InvokeTask {
  const { invocationId: _, ...task } = invocation;
  return { kind: 'invoke', softEpochMs: deadline?.softEpochMs, number, ...task };
}

export function toSlotResult(result: HandlerResult): SlotResult {
  assert(result.kind !== 'ready', 'an invocation is not answered with an init result');
  assert(result.kind !== 'withdrawn', 'an invocation that was not offered is not withdrawn');
  if (result.kind === 'success') {
    const { body, handlerMs } = result;
    return { kind: 'result', outcome: { kind: 'success', body }, handlerMs };
  }
  const { error, headerType, xrayCause, handlerMs } = result;
  return { kind: 'result', outcome: { kind: 'failure', error, headerType, xrayCause }, handlerMs };
}
