// Serves the metrics on the loopback interface. Holds neither the process nor its exit.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RuntimeError } from '../core/errors.ts';
import type { Metrics } from './metrics.ts';

export type MetricsEndpoint = {
  readonly port: number;
  close(): Promise<void>;
};

/**
 * Listens on 127.0.0.1.
 *
 * @throws RuntimeError `Runtime.MetricsUnavailable` naming the port, when it cannot be had.
 */
export async function openMetricsEndpoint(
  metrics: Pick<Metrics, 'contentType' | 'text'>,
  port: number,
): Promise<MetricsEndpoint> {
  const server = createServer((request, reply) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      send(reply, 404, 'text/plain; charset=utf-8', 'Metrics are at /metrics\n');
      return;
    }
    metrics.text().then(
      (text) => send(reply, 200, metrics.contentType, text),
      (error: unknown) => send(reply, 500, 'text/plain; charset=utf-8', `${String(error)}\n`),
    );
  });
  server.on('connection', (socket) => socket.unref());
  await listen(server, port);
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const state = cause.code === 'EADDRINUSE' ? 'the port is in use' : cause.message;
      const text = `Cannot serve metrics on port "${port}" (BULKHEAD_METRICS_PORT): ${state}`;
      reject(new RuntimeError('Runtime.MetricsUnavailable', text, { cause }));
    });
    server.listen({ host: '127.0.0.1', port }, resolve);
  });
}

function send(reply: ServerResponse, status: number, contentType: string, body: string): void {
  reply.writeHead(status, { 'content-type': contentType }).end(body);
}
