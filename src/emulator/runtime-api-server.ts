// The Runtime API on a port: records every exchange and applies the fault plan around the routes.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { RuntimeSide } from './environment-ports.ts';
import { type ExchangeLog, type MutableExchange, recordBody } from './exchange-log.ts';
import type { Fault, FaultPlan } from './faults.ts';
import { HttpListener } from './http-listener.ts';
import {
  jsonReply,
  type Reply,
  resetConnection,
  sendFaultyReply,
  sendReply,
} from './http-reply.ts';
import type { Route } from './runtime-api-call.ts';
import { serveRoute, toRoute } from './runtime-api-routes.ts';

export type RuntimeApiServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly environment: RuntimeSide;
  readonly exchanges: ExchangeLog;
  readonly faults: FaultPlan;
  readonly withInvocationId: boolean;
  readonly limitsBandwidth: boolean;
};

export function openRuntimeApi(options: RuntimeApiServerOptions): Promise<HttpListener> {
  return HttpListener.open({
    host: options.host,
    port: options.port,
    portOption: 'runtimeApiPort',
    serve: (request, response) => serve(options, request, response),
  });
}

async function serve(
  options: RuntimeApiServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = toRoute(request.url ?? '');
  const exchange = options.exchanges.open({
    endpoint: route.endpoint,
    method: request.method ?? '',
    path: request.url ?? '',
    requestHeaders: toPlainHeaders(request),
  });
  const fault = options.faults.take(route.endpoint);
  exchange.fault = fault;
  let status: number | undefined;
  try {
    status = await serveWithFault(options, { request, response, route, exchange, fault });
  } finally {
    options.exchanges.close(exchange, status);
  }
}

type Work = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  readonly exchange: MutableExchange;
  readonly fault: Fault | undefined;
};

/** Returns the status that was sent, or undefined when the connection ended without a reply. */
async function serveWithFault(
  options: RuntimeApiServerOptions,
  work: Work,
): Promise<number | undefined> {
  const { request, response, fault } = work;
  if (fault?.kind === 'delay') await sleep(fault.ms);
  if (fault?.kind === 'drop') {
    resetConnection(request.socket);
    return undefined;
  }
  if (fault?.kind === 'status') await recordBody(work.exchange, request);
  const reply =
    fault?.kind === 'status'
      ? toFaultReply(fault)
      : await serveRoute({
          request,
          route: work.route,
          exchange: work.exchange,
          environment: options.environment,
          withInvocationId: options.withInvocationId,
          limitsBandwidth: options.limitsBandwidth,
        });
  if (reply === undefined) {
    request.socket.destroy();
    return undefined;
  }
  const isConnected = !request.socket.destroyed;
  if (fault === undefined) await sendReply({ request, response }, reply);
  else await sendFaultyReply({ request, response }, reply, fault);
  const isReplied = fault?.kind !== 'reset-after' && fault?.kind !== 'garbage';
  return isConnected && isReplied ? reply.status : undefined;
}

function toFaultReply(fault: Fault & { kind: 'status' }): Reply {
  if (fault.body !== undefined) {
    const body = Buffer.from(fault.body);
    return { status: fault.status, headers: { 'Content-Type': 'application/json' }, body };
  }
  return jsonReply(fault.status, {
    errorMessage: fault.errorMessage ?? 'Injected fault',
    errorType: fault.errorType ?? (fault.status >= 500 ? 'InternalServerError' : 'InjectedFault'),
  });
}

function toPlainHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
