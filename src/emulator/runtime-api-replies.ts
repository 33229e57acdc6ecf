// The short replies of the Runtime API (contract, section 1.2).
import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import { API_ERROR, STATUS } from '../core/runtime-api-spec.ts';
import { jsonReply, type Reply } from './http-reply.ts';

export function accepted(): Reply {
  return jsonReply(STATUS.accepted, { status: 'OK' });
}

export function apiError(status: number, errorType: string, errorMessage: string): Reply {
  return jsonReply(status, { errorMessage, errorType });
}

export function refuseState(text: string): Reply {
  return apiError(STATUS.forbidden, API_ERROR.invalidStateTransition, text);
}

export function refuseId(): Reply {
  return apiError(STATUS.badRequest, API_ERROR.invalidRequestId, 'Invalid request ID');
}

/** The answer is to an invocation that is over, or to an earlier attempt at the same one. */
export function refuseLate(): Reply {
  return apiError(STATUS.gone, API_ERROR.invokeTimeout, 'Invoke timeout');
}

export function refuseSize(): Reply {
  return apiError(
    STATUS.tooLarge,
    API_ERROR.requestEntityTooLarge,
    `Exceeded maximum allowed payload size (${PAYLOAD_BYTES_MAX} bytes).`,
  );
}

export function refuseService(): Reply {
  return apiError(STATUS.internal, 'InternalServerError', 'Internal Server Error');
}
