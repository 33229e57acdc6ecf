import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { UndiciTransport } from '../../../src/runtime-api/undici-transport.ts';
import {
  checkTransport,
  GET,
  type OpenTransport,
  withRawServer,
} from '../../support/transport-cases.ts';

const open: OpenTransport = (address, options) => new UndiciTransport(address, options);

checkTransport(open);

test('when a reply began is noted before its body is there', async () => {
  let onNoted = (): void => {};
  const nowMs = (): number => {
    onNoted();
    return 5;
  };
  await withRawServer(
    open,
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
      onNoted = () => void socket.write('{}');
    },
    async (transport) => {
      const { body, firstByteAtMs } = await transport.exchange(GET);
      assert.deepEqual([Buffer.from(body).toString(), firstByteAtMs], ['{}', 5]);
    },
    { pipelining: true, nowMs },
  );
});

test('a poll stays parked for hours', async () => {
  // undici counts its timeouts (300 s by default) on a clock of its own, which can be moved.
  const clock = createRequire(import.meta.url)('undici/lib/util/timers.js') as {
    tick(ms: number): void;
  };
  let socketOfPoll: Socket | undefined;
  await withRawServer(
    open,
    (socket) => {
      socketOfPoll = socket;
    },
    async (transport) => {
      const parked = transport.exchange(GET);
      while (socketOfPoll === undefined) await new Promise((resolve) => setImmediate(resolve));
      // The first tick takes up new timeouts, the second is the long wait.
      clock.tick(1000);
      clock.tick(3 * 3600 * 1000);
      socketOfPoll.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      assert.equal((await parked).status, 200);
    },
  );
});
