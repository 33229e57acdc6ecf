// What a process asks of the Runtime API beside its lanes when another one has died before it: it
// answers in the dead one's name, and wants to know where the platform is.
import type { RecoveryApi } from '../core/ports.ts';
import { INIT_ERROR_PATH, STATUS } from '../core/runtime-api-spec.ts';
import { parseApiAddress } from './address.ts';
import { transportTo } from './open-transport.ts';
import { toAnswer, toErrorRequest } from './requests.ts';
import type { Reply, Transport } from './transport.ts';

/** On a connection of its own. @throws RuntimeError when the address cannot be read. */
export async function createRecoveryApi(address: string): Promise<RecoveryApi> {
  const open = await transportTo(parseApiAddress(address));
  return toRecoveryApi(open({ pipelining: false }));
}

export function toRecoveryApi(transport: Transport): RecoveryApi {
  return {
    answer: async (key, outcome) => {
      const request = toAnswer(key, outcome);
      // A connection may be lost once; an answer that came twice is refused the second time.
      const reply = await transport.exchange(request).catch(() => transport.exchange(request));
      return reply.status;
    },
    askState: async (error, headerType) => {
      const request = toErrorRequest(INIT_ERROR_PATH, [], { error, headerType });
      return stateOf(await transport.exchange(request));
    },
    close: () => transport.close(),
  };
}

/** The name of the platform's state stands in its refusal, in some with a word behind it. */
function stateOf(reply: Reply): string | undefined {
  if (reply.status !== STATUS.forbidden) return undefined;
  const refusal = errorMessageOf(reply);
  return /State transition from ([A-Z][A-Za-z]*?)(?:State)? to /.exec(refusal)?.[1];
}

function errorMessageOf(reply: Reply): string {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(reply.body));
    return String((body as { errorMessage?: unknown }).errorMessage);
  } catch {
    // Not the contract's error object: it tells no state.
    return '';
  }
}
