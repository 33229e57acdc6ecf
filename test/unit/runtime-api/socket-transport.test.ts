// Beyond what every transport does: what goes out together, and what is sent again.
import assert from 'node:assert/strict';
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
