// What the platform's reply to an answer, or the lack of one, means for the invocation and for the
// process (contract, section 1.2).
import { RuntimeError } from '../core/errors.ts';
import type { InvocationKey } from '../core/invocation.ts';
import { STATUS } from '../core/runtime-api-spec.ts';
import { errorTypeOf, text } from './reply-text.ts';
import type { Reply } from './transport.ts';

/** `refused`: the invocation is over for the platform, the loop goes on; `fatal`: going on is
 * pointless. Without a reply (status 0) the next poll decides. */
export type Verdict = 'accepted' | 'refused' | 'fatal';

export function judge(reply: Reply, isRepeat: boolean): Verdict {
  const { status } = reply;
  if (status >= 200 && status < 300) return 'accepted';
  // The first try may have been taken although its reply was lost.
  const isKnown = isRepeat && (status === STATUS.badRequest || status === STATUS.forbidden);
  const isOver =
    status === 0 ||
    status === STATUS.gone ||
    status === STATUS.tooLarge ||
    (status === STATUS.badRequest && errorTypeOf(reply) !== 'InvalidFunctionResponseMode');
  return isKnown || isOver ? 'refused' : 'fatal';
}

export function unreachable(cause: unknown, attempts: number, address: string): RuntimeError {
  return new RuntimeError(
    'Runtime.ApiUnreachable',
    `Cannot reach the Runtime API at ${address}: ${text(cause)} ` +
      `(${attempts} attempts). Outside Lambda, "bulkhead dev HANDLER" brings its own`,
    { cause },
  );
}

export function tooOften({ requestId }: InvocationKey): RuntimeError {
  return new RuntimeError(
    'Runtime.ApiFailure',
    `Cannot go on serving: the event of request ${requestId} came again and again, ` +
      'whatever was answered',
  );
}
