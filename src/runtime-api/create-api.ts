// Puts the client on its connection.
import type { Clock, RuntimeApi, RuntimeApiMoment } from '../core/ports.ts';
import { parseApiAddress } from './address.ts';
import { RuntimeApiClient } from './runtime-api-client.ts';
import { Transport } from './transport.ts';

export type ApiOptions = {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly onMoment: (moment: RuntimeApiMoment) => void;
};

/** @throws RuntimeError `Runtime.InvalidRuntimeApi` when the address cannot be read. */
export function createApi(address: string, options: ApiOptions): RuntimeApi {
  const transport = new Transport(parseApiAddress(address));
  return new RuntimeApiClient({ ...options, transport, address });
}
