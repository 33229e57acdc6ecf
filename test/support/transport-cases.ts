// What every transport of the Runtime API must do: a server of raw sockets replies what each case
// says, cut into any pieces.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ApiAddress } from '../../src/runtime-api/address.ts';
import type {
  Reply,
  RequestParts,
  Transport,
  TransportOptions,
} from '../../src/runtime-api/transport.ts';

export type OpenTransport = (address: ApiAddress, options: TransportOptions) => Transport;
type OnRequest = (socket: Socket, request: string, count: number) => void;
type Case = { readonly wire: string; readonly text: string } & Partial<Reply>;

export const GET: RequestParts = { method: 'GET', path: '/next', headers: [] };
export const EMPTY_REPLY = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** @param onRequest called for each piece that arrives, with how many there have been. */
export async function withRawServer(
  open: OpenTransport,
  onRequest: OnRequest,
  run: (transport: Transport) => Promise<void>,
  options: TransportOptions = { pipelining: true },
): Promise<void> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      count += 1;
      onRequest(socket, bytes.toString('latin1'), count);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const transport = open({ host: '127.0.0.1', port }, options);
  try {
    await run(transport);
  } finally {
    await transport.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

const CASES: Readonly<Record<string, Case>> = {
  'a reply with a length': {
    wire: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    text: 'hello',
  },
  'a chunked reply': {
    wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
    text: 'hello',
  },
  'an empty reply': {
    wire: 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n',
    status: 202,
    text: '',
  },
  'odd casing and empty headers': {
    wire: 'HTTP/1.1 200 OK\r\nLAMBDA-runtime-Aws-Request-ID: r\r\nLambda-Runtime-Trace-Id:\r\ncontent-LENGTH: 2\r\n\r\n{}',
    text: '{}',
    headers: { 'lambda-runtime-aws-request-id': 'r', 'lambda-runtime-trace-id': '' },
  },
  'a client context of 100 KB in a header': {
    wire: `HTTP/1.1 200 OK\r\nX-Big: ${'x'.repeat(100_000)}\r\nContent-Length: 2\r\n\r\n{}`,
    text: '{}',
    headers: { 'x-big': 'x'.repeat(100_000) },
  },
};

/** Declares the tests. */
export function checkTransport(open: OpenTransport): void {
  for (const [name, expected] of Object.entries(CASES)) {
    test(name, () => checkReply(open, expected));
  }

  test('any body arrives whole, however the wire cuts it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        async (body, cuts, isChunked) => {
          const pieces = cutUp(toWire(body, isChunked), cuts);
          await withRawServer(
            open,
            (socket) => {
              const [piece, ...rest] = pieces;
              const send = (next: Buffer | undefined): void => {
                if (next !== undefined) socket.write(next, () => send(rest.shift()));
              };
              send(piece);
            },
            async (transport) => {
              const reply = await transport.exchange(GET);
              assert.deepEqual(Buffer.from(reply.body), Buffer.from(body));
            },
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('names of headers come in any case, and are given in lower case', async () => {
    await withRawServer(
      open,
      (socket) =>
        socket.write('HTTP/1.1 200 OK\r\nX-One: 1\r\nx-TWO:2\r\nContent-length: 0\r\n\r\n'),
      async (transport) => {
        for (let count = 0; count < 2; count += 1) {
          const { headers } = await transport.exchange(GET);
          assert.deepEqual(Object.entries(headers), [
            ['x-one', '1'],
            ['x-two', '2'],
            ['content-length', '0'],
          ]);
        }
      },
    );
  });

  test('a connection that ends without a reply is an error, and the next exchange a new one', async () => {
    await withRawServer(
      open,
      (socket, _request, count) => {
        if (count === 1) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      },
      async (transport) => {
        await assert.rejects(transport.exchange(GET));
        assert.equal((await transport.exchange(GET)).status, 200);
      },
    );
  });

  test('garbage in place of a reply is an error', async () => {
    await withRawServer(
      open,
      (socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'),
      async (transport) => {
        await assert.rejects(transport.exchange(GET));
      },
    );
  });

  test('a reply far beyond an event is refused, not collected', async () => {
    await withRawServer(
      open,
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
        const chunk = Buffer.alloc(1024 * 1024);
        for (let sent = 0; sent < 10; sent += 1) socket.write(chunk);
      },
      async (transport) => {
        await assert.rejects(transport.exchange(GET));
      },
    );
  });

  test('requests go to the address given, whatever the proxy variables say', async () => {
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => [name, process.env[name]] as const);
    for (const name of names)
      process.env[name] = name.startsWith('NODE') ? '1' : 'http://127.0.0.1:1';
    try {
      let seen = '';
      await withRawServer(
        open,
        (socket, request) => {
          seen = request;
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        },
        async (transport) => {
          assert.equal((await transport.exchange(GET)).status, 200);
        },
      );
      assert.match(seen, /^GET \/next HTTP\/1\.1\r\n/);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
}

async function checkReply(open: OpenTransport, expected: Case): Promise<void> {
  await withRawServer(
    open,
    (socket) => socket.write(expected.wire, 'latin1'),
    async (transport) => {
      const reply = await transport.exchange(GET);
      assert.equal(reply.status, expected.status ?? 200);
      assert.equal(Buffer.from(reply.body).toString('latin1'), expected.text);
      assert.equal(
        reply.body.byteLength,
        reply.body.buffer.byteLength,
        'the body owns its buffer, so that it can be transferred',
      );
      for (const [name, value] of Object.entries(expected.headers ?? {})) {
        assert.equal(reply.headers[name], value);
      }
    },
  );
}

function toWire(body: Uint8Array, isChunked: boolean): Buffer {
  const head = 'HTTP/1.1 200 OK\r\n';
  if (!isChunked) {
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body]);
  }
  const size =
    body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, '\r\n'];
  return Buffer.concat(
    [`${head}Transfer-Encoding: chunked\r\n\r\n`, ...size, '0\r\n\r\n'].map((part) =>
      typeof part === 'string' ? Buffer.from(part) : part,
    ),
  );
}

function cutUp(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const size = cuts[index % cuts.length] ?? 1;
    pieces.push(bytes.subarray(start, start + size));
    start += size;
  }
  return pieces;
}
