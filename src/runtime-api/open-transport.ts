// Which transport leads to which server (docs/adr/0024-own-connection.md).
import type { ApiAddress } from './address.ts';
import { SocketTransport } from './socket-transport.ts';
import type { Transport, TransportOptions } from './transport.ts';

export type OpenTransport = (options: TransportOptions) => Transport;

/** The platform's addresses are link-local ones, and loopback on a developer's machine. */
export function isPlatforms({ host }: ApiAddress): boolean {
  return host === 'localhost' || host.startsWith('127.') || host.startsWith('169.254.');
}

/** To anything else it is undici, which is loaded then, and knows servers of all kinds. */
export async function transportTo(address: ApiAddress): Promise<OpenTransport> {
  if (isPlatforms(address)) return (options) => new SocketTransport(address, options);
  const { UndiciTransport } = await import('./undici-transport.ts');
  return (options) => new UndiciTransport(address, options);
}
