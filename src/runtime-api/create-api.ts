// Puts the client on its connection.
import type { Clock, RuntimeApi } from '../core/ports.ts';
import type { Pipelining } from '../core/settings.ts';
import type { RuntimeApiMoment } from '../core/telemetry-port.ts';
import { parseApiAddress } from './address.ts';
import { isPlatforms, transportTo } from './open-transport.ts';
import { RuntimeApiClient } from './runtime-api-client.ts';
import { StreamedPost } from './streamed-post.ts';

export type ApiOptions = {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly pipelining: Pipelining;
  /** The connection is made before there is a request; not where a snapshot is taken later. */
  readonly connectsAtOnce: boolean;
  /** Events come with the time at which they began to arrive. */
  readonly isMeasuring: boolean;
  readonly onMoment: (moment: RuntimeApiMoment) => void;
};

/** @returns a function that opens one API for each call, each on connections of its own.
 * @throws RuntimeError `Runtime.InvalidRuntimeApi` when the address cannot be read. */
export async function apiOpener(address: string, options: ApiOptions): Promise<() => RuntimeApi> {
  const parsed = parseApiAddress(address);
  const open = await transportTo(parsed);
  // Two requests on the wire are in order only where the platform's own server reads them; a proxy
  // in between may not keep it (contract, section 8.2).
  const { pipelining: setting } = options;
  const pipelining = setting === 'auto' ? isPlatforms(parsed) : setting === 'on';
  const nowMs = options.isMeasuring ? options.clock.nowMonotonicMs : undefined;
  return () =>
    new RuntimeApiClient({
      ...options,
      transport: open({ pipelining, connectsAtOnce: options.connectsAtOnce, nowMs }),
      openSecond: () => open({ pipelining: false }),
      openPost: (head, onClosed) => new StreamedPost(parsed, head, onClosed),
      address,
    });
}
