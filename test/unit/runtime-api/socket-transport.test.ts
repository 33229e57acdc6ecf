// Beyond what every transport does: what goes out together, and what waits.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { SocketTransport } from '../../../src/runtime-api/socket-transport.ts';
import type { RequestParts, Transport } from '../../../src/runtime-api/transport.ts';
import {
  checkTransport,
  EMPTY_REPLY,
  GET,
  type OpenTransport,
  withRawServer,
} from '../../support/transport-cases.ts';

const open: OpenTransport = (address, options) => new SocketTransport(address, options);
const ACCEPTED = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n';

checkTransport(open);

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

test('an answer and the poll behind it go out in one write', async () => {
  const pieces: string[] = [];
  await withRawServer(
    open,
    (socket, piece) => {
      pieces.push(piece);
      for (const line of linesOf(piece)) {
        socket.write(line.startsWith('POST') ? ACCEPTED : EMPTY_REPLY);
      }
    },
    async (transport) => {
      const order: string[] = [];
      const answered = transport.exchange(post('{"a":1}'), () => order.push('answer'));
      const polled = transport.exchange(GET, () => order.push('poll'));
      assert.equal((await answered).status, 202);
      assert.equal((await polled).status, 200);
      assert.deepEqual(order, ['answer', 'poll']);
    },
  );
  assert.equal(pieces.length, 1);
  assert.match(
    pieces[0] ?? '',
    new RegExp(
      '^POST /answer HTTP/1\\.1\r\nhost: 127\\.0\\.0\\.1:\\d+\r\n' +
        'content-type: application/json\r\ncontent-length: 7\r\n\r\n' +
        '\\{"a":1\\}GET /next HTTP/1\\.1\r\n',
    ),
  );
});

test('a body too large to be copied goes out whole, before what follows it', async () => {
  const body = 'x'.repeat(200_000);
  let wire = '';
  await withRawServer(
    open,
    (socket, piece) => {
      wire += piece;
      if (/GET \/next.*\r\n\r\n$/s.test(wire)) {
        socket.write(ACCEPTED + EMPTY_REPLY);
      }
    },
    async (transport) => {
      const answered = transport.exchange(post(body));
      const polled = transport.exchange(GET);
      assert.equal((await answered).status, 202);
      assert.equal((await polled).status, 200);
    },
  );
  const [head, sent = ''] = wire.split('\r\n\r\n');
  assert.match(head ?? '', /content-length: 200000/);
  assert.ok(sent.startsWith(`${body}GET /next`));
});

for (const [name, options, isPipelined] of [
  ['with pipelining off', { pipelining: false }, true],
  ['behind a request that nothing may follow', { pipelining: true }, false],
] as const) {
  test(`${name} a request waits for the reply to the one before it`, async () => {
    const seen: string[] = [];
    let reply = (): void => {};
    await withRawServer(
      open,
      (socket, piece) => {
        seen.push(...linesOf(piece));
        reply = () => socket.write(piece.startsWith('POST') ? ACCEPTED : EMPTY_REPLY);
        if (seen.length === 2) reply();
      },
      async (transport) => {
        const answered = transport.exchange(post('1', isPipelined));
        const polled = transport.exchange(GET);
        while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
        // Time in which a second request would have come.
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.deepEqual(seen, ['POST /answer']);
        reply();
        await answered;
        await polled;
        assert.deepEqual(seen, ['POST /answer', 'GET /next']);
      },
      options,
    );
  });
}

test('no third request is on the wire', async () => {
  const seen: string[] = [];
  await withRawServer(
    open,
    (socket, piece) => {
      const lines = linesOf(piece);
      seen.push(...lines);
      for (const line of lines) socket.write(line.startsWith('POST') ? ACCEPTED : EMPTY_REPLY);
    },
    async (transport) => {
      const all = [1, 2, 3, 4].map((at) => transport.exchange(post(String(at))));
      for (const exchange of all) assert.equal((await exchange).status, 202);
    },
  );
  assert.equal(seen.length, 4);
});

test('connections that read at the same time do not mix what they read', async () => {
  const texts = Array.from({ length: 20 }, (_, at) => `${at},`.repeat(30_000));
  const transports: Transport[] = [];
  const openAll: OpenTransport = (address, options) => {
    transports.push(...texts.map(() => open(address, options)));
    return open(address, options);
  };
  await withRawServer(
    openAll,
    (socket, _piece, count) => {
      const text = texts[count - 1] ?? '';
      const head = `HTTP/1.1 200 OK\r\nX: ${count - 1}\r\nContent-Length: ${text.length}\r\n\r\n`;
      socket.write(head + text.slice(0, 20_000));
      setImmediate(() => socket.write(text.slice(20_000)));
    },
    async () => {
      const replies = await Promise.all(transports.map((transport) => transport.exchange(GET)));
      for (const { body, headers } of replies) {
        assert.equal(Buffer.from(body).toString(), texts[Number(headers['x'])]);
      }
      for (const transport of transports) await transport.close();
    },
  );
});

test('a connection that is asked for at once is there before the first request', async () => {
  const connected = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    connected.resolve();
    socket.on('data', () => socket.write(EMPTY_REPLY));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const options = { pipelining: true, connectsAtOnce: true };
  const transport = new SocketTransport({ host: '127.0.0.1', port }, options);
  await connected.promise;
  assert.equal((await transport.exchange(GET)).status, 200);
  assert.equal(await connectionsOf(server), 1);
  await transport.close();
  server.close();
});

test('a connection that could not be made at once is made for the first request', async () => {
  const server = createServer((socket) => {
    socket.on('data', () => socket.write(EMPTY_REPLY));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const options = { pipelining: true, connectsAtOnce: true };
  const transport = new SocketTransport({ host: '127.0.0.1', port }, options);
  // It is refused by then: a second connection would be too, if nobody listened.
  await assert.rejects(new SocketTransport({ host: '127.0.0.1', port }, options).exchange(GET));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  assert.equal((await transport.exchange(GET)).status, 200);
  await transport.close();
  server.close();
});

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
}
