// What becomes of requests whose connection ends.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { SocketTransport } from '../../../src/runtime-api/socket-transport.ts';
import type { RequestParts } from '../../../src/runtime-api/transport.ts';
import {
  EMPTY_REPLY,
  GET,
  type OpenTransport,
  withRawServer,
} from '../../support/transport-cases.ts';

const open: OpenTransport = (address, options) => new SocketTransport(address, options);
const ACCEPTED = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n';

function post(body: string, isPipelined = true): RequestParts {
  return {
    method: 'POST',
    path: '/answer',
    headers: ['content-type', 'application/json'],
    body: Buffer.from(body),
    isPipelined,
  };
}

function linesOf(wire: string): string[] {
  return wire.match(/(?:GET|POST) \S+/g) ?? [];
}

test('a lost connection costs the first request, and the second is sent again', async () => {
  const seen: string[] = [];
  await withRawServer(
    open,
    (socket, piece, count) => {
      seen.push(...linesOf(piece));
      if (count === 1) socket.destroy();
      else socket.write(EMPTY_REPLY);
    },
    async (transport) => {
      const answered = transport.exchange(post('1'));
      const polled = transport.exchange(GET);
      await assert.rejects(answered, /closed|ECONNRESET|EPIPE/);
      assert.equal((await polled).status, 200);
    },
  );
  assert.deepEqual(seen, ['POST /answer', 'GET /next', 'GET /next']);
});

test('a server that closes behind the first reply gets the second request anew', async () => {
  const seen: string[] = [];
  await withRawServer(
    open,
    (socket, piece, count) => {
      seen.push(...linesOf(piece));
      if (count === 1) {
        socket.end('HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      } else {
        socket.write(EMPTY_REPLY);
      }
    },
    async (transport) => {
      const answered = transport.exchange(post('1'));
      const polled = transport.exchange(GET);
      assert.equal((await answered).status, 202);
      assert.equal((await polled).status, 200);
    },
  );
  assert.deepEqual(seen, ['POST /answer', 'GET /next', 'GET /next']);
});

test('a reply that nobody has asked for ends the connection, and is given to nobody', async () => {
  let connections = 0;
  await withRawServer(
    open,
    (socket, _piece, count) => {
      connections += 1;
      socket.write(count === 1 ? EMPTY_REPLY + EMPTY_REPLY : ACCEPTED);
    },
    async (transport) => {
      assert.equal((await transport.exchange(GET)).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((await transport.exchange(GET)).status, 202);
    },
  );
  assert.equal(connections, 2);
});

test('what is asked for while a connection ends goes over another one', async () => {
  const opened: Socket[] = [];
  const onSocket = (message: unknown): void => {
    opened.push((message as { readonly socket: Socket }).socket);
  };
  subscribe('net.client.socket', onSocket);
  try {
    await withRawServer(
      open,
      (socket, _piece, count) => {
        if (count === 1) setImmediate(() => socket.end());
        socket.write(count === 1 ? EMPTY_REPLY : ACCEPTED);
      },
      async (transport) => {
        assert.equal((await transport.exchange(GET)).status, 200);
        const [first] = opened;
        assert.ok(first !== undefined);
        await once(first, 'end');
        assert.equal((await transport.exchange(post('1'))).status, 202);
      },
    );
  } finally {
    unsubscribe('net.client.socket', onSocket);
  }
});

test('nobody listens: all that waits is told so, and the next exchange tries again', async () => {
  const transport = open({ host: '127.0.0.1', port: 1 }, { pipelining: true });
  const both = [transport.exchange(post('1')), transport.exchange(GET)];
  for (const exchange of both) await assert.rejects(exchange, /ECONNREFUSED/);
  await assert.rejects(transport.exchange(GET), /ECONNREFUSED/);
  await transport.close();
});

test('what waits when the connection is dropped is told so, and nothing is sent after it', async () => {
  await withRawServer(
    open,
    () => {},
    async (transport) => {
      const parked = transport.exchange(GET);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await transport.close();
      await assert.rejects(parked, /the connection was closed/);
      await assert.rejects(transport.exchange(GET), /the connection was closed/);
    },
  );
});
