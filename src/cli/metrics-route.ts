// `/metrics` of `bulkhead dev`: hands on what the runtime process serves on a port of its own.
import type { RouteHandler } from '../emulator/emulator-options.ts';

/** A route that asks the runtime's metrics endpoint at this port. */
export function metricsRoute(port: number): RouteHandler {
  return async () => {
    try {
      const reply = await fetch(`http://127.0.0.1:${port}/metrics`);
      return {
        status: reply.status,
        contentType: reply.headers.get('content-type') ?? 'text/plain; charset=utf-8',
        body: await reply.text(),
      };
    } catch {
      // Nobody listens: the runtime is starting, restarting, or its Init has failed.
      return {
        status: 503,
        contentType: 'text/plain; charset=utf-8',
        body: 'Cannot show metrics: the runtime is not serving yet\n',
      };
    }
  };
}
