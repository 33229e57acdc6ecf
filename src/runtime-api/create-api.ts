// Puts the client on its connection.
import type { Clock, RuntimeApi } from '../core/ports.ts';
import type { Pipelining } from '../core/settings.ts';
import type { RuntimeApiMoment } from '../core/telemetry-port.ts';
import { type ApiAddress, parseApiAddress } from './address.ts';
import { RuntimeApiClient } from './runtime-api-client.ts';
import { StreamedPost } from './streamed-post.ts';
import { Transport } from './transport.ts';

export type ApiOptions = {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly pipelining: Pipelining;
  readonly onMoment: (moment: RuntimeApiMoment) => void;
};

/** @throws RuntimeError `Runtime.InvalidRuntimeApi` when the address cannot be read. */
export function createApi(address: string, options: ApiOptions): RuntimeApi {
  const parsed = parseApiAddress(address);
  const pipelining = mayPipeline(parsed, options.pipelining);
  const transport = new Transport(parsed, { pipelining });
  const openSecond = () => new Transport(parsed, { pipelining: false });
  return new RuntimeApiClient({
    ...options,
    transport,
    openSecond,
    openPost: (head, onClosed) => new StreamedPost(parsed, head, onClosed),
    address,
  });
}

/**
 * Two requests on the wire are in order only where the platform's own server reads them; a proxy in
 * between may not keep it (contract, section 8.2). The platform's addresses are link-local ones,
 * and loopback on a developer's machine.
 */
function mayPipeline({ host }: ApiAddress, setting: Pipelining): boolean {
  if (setting !== 'auto') return setting === 'on';
  return host === 'localhost' || host.startsWith('127.') || host.startsWith('169.254.');
}
