// A port that nobody listens on at this moment.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Lets the system choose a port of the loopback interface and gives it back. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
