// Which answers of the runtime are legal in standard mode; the order of the checks is part of the
// contract (section 3.1).
import type { AnswerHead, BegunAnswer } from './environment-ports.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { Reply } from './http-reply.ts';
import type { Invocation } from './invocation.ts';
import { refuseId, refuseLate, refuseState } from './runtime-api-replies.ts';

/** Takes a legal answer into the state machine. */
export function beginStandardAnswer(
  state: EnvironmentState,
  current: Invocation | undefined,
  { kind, requestId, echo }: AnswerHead,
): BegunAnswer {
  if (current === undefined || current.requestId !== requestId) return refuse(refuseId());
  if (!state.allows(kind)) return refuse(refuseState(state.refusalText(kind)));
  // The state stays Running, so that the right answer is still accepted.
  if (echo !== undefined && echo !== current.invocationId) return refuse(refuseLate());
  state.take(kind);
  return { kind: 'taken', invocation: current };
}

function refuse(reply: Reply): BegunAnswer {
  return { kind: 'refused', reply };
}
