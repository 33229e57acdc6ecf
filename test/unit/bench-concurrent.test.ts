// The benches with several events at once: what their server and their book-keeping may be held to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CapacityMeter } from '../../bench/concurrent/capacity-meter.ts';
import { LossScript, type Way } from '../../bench/concurrent/loss-script.ts';
import { makeSchedule } from '../../bench/concurrent/open-loop.ts';
import { type Answer, ConcurrentServer } from '../../bench/support/concurrent-server.ts';

const GET = 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n';

test('events go to parked polls in their order, and answers are routed by id', async (t) => {
  const { server, client } = await start(t);
  const [first, second] = [await client(), await client()];
  await first.sendUntil(GET, () => server.parked === 1);
  await second.sendUntil(GET, () => server.parked === 2);
  const answers: Answer[] = [];
  server.onAnswer = (answer) => answers.push(answer);

  const ids = [server.push(event), server.push(event)];
  await first.received(/Request-Id: \S+-000000000001\r/);
  await second.received(/Request-Id: \S+-000000000002\r/);
  assert.equal(server.running, 2);
  await first.sendUntil(answerTo(2, 'response', 'two'), () => answers.length === 1);
  await second.sendUntil(answerTo(1, 'error', '{"errorType":"E"}'), () => answers.length === 2);

  const seen = answers.map(({ id, isError, body }) => [id, isError, String(Buffer.concat(body))]);
  assert.deepEqual(ids, [1, 2]);
  assert.deepEqual(seen, [
    [2, false, 'two'],
    [1, true, '{"errorType":"E"}'],
  ]);
  assert.equal(server.running, 0);
  assert.equal(server.counts.parkedMost, 2);
  assert.equal(server.counts.heldMost, 2);
});

test('an event that finds nothing parked waits for the next poll', async (t) => {
  const { server, client } = await start(t);
  const runtime = await client();

  server.push(event);
  assert.deepEqual([server.queued, server.running, server.counts.queued], [1, 0, 1]);
  await runtime.sendUntil(GET, () => server.running === 1);

  assert.equal(server.queued, 0);
});

test('second, unknown and late answers are refused and counted', async (t) => {
  const { server, client } = await start(t);
  const [poller, poster] = [await client(), await client()];
  await poller.sendUntil(GET, () => server.parked === 1);
  const first = server.push(event);
  await poller.sendUntil(GET, () => server.parked === 1);
  const second = server.push(event);
  server.giveUp(second);

  await poster.sendUntil(answerTo(first, 'response', '1'), () => server.running === 0);
  await poster.sendUntil(answerTo(first, 'response', '1'), () => server.counts.duplicate === 1);
  await poster.sendUntil(answerTo(second, 'response', '1'), () => server.counts.late === 1);
  await poster.sendUntil(answerTo(77, 'response', '1'), () => server.counts.unknown === 1);

  await poster.received(/202 Accepted[\s\S]*400 Bad[\s\S]*410 Gone[\s\S]*400 Bad/);
});

test('an answer behind a parked poll of its connection waits, as HTTP/1.1 has it', async (t) => {
  const { server, client } = await start(t);
  const runtime = await client();
  await runtime.sendUntil(GET, () => server.parked === 1);
  server.push(event);
  await runtime.sendUntil(GET + answerTo(1, 'response', '1'), () => server.parked === 1);
  assert.equal(server.running, 1);

  server.push(event);

  assert.equal(server.running, 1, 'the first is answered, the second runs');
  assert.equal(server.counts.duplicate + server.counts.unknown, 0);
});

test('a parked poll whose connection closes is no longer capacity', async (t) => {
  const { server, client } = await start(t);
  const runtime = await client();
  await runtime.sendUntil(GET, () => server.parked === 1);

  const dropped = new Promise<string>((resolve) => {
    server.onCapacity = resolve;
  });
  runtime.socket.destroy();

  assert.equal(await dropped, 'dropped');
  assert.deepEqual([server.parked, server.counts.dropped], [0, 1]);
});

test('CapacityMeter times a lost lane apart from lanes that go on', () => {
  const meter = new CapacityMeter(2, [1, 2]);
  meter.change('failed', 1, 100);
  for (let at = 0; at < 10; at += 1) {
    meter.change('answered', 2, 110 + at * 20);
    meter.change('polled', 2, 111 + at * 20);
  }
  assert.equal(meter.missing(300), 1);
  meter.change('polled', 1, 400);

  assert.deepEqual(meter.lostMs, [300]);
  assert.deepEqual(meter.slowMs, []);
  assert.deepEqual(meter.dips, [{ atMs: 100, forMs: 300, losses: 1, lowest: 0 }]);
  assert.deepEqual([meter.missing(400), meter.takeHighest()], [0, 2]);
});

test('CapacityMeter takes a new connection for a lane whose connection is gone', () => {
  const meter = new CapacityMeter(2, [1, 2]);
  meter.change('dropped', 1, 50);
  meter.closed(1, 50);
  assert.equal(meter.missing(50), 1);
  meter.change('polled', 3, 90);

  assert.deepEqual(meter.lostMs, [40]);
});

test('CapacityMeter tells of a lane that stays away after an ordinary answer', () => {
  const meter = new CapacityMeter(1, [1]);
  meter.change('answered', 1, 0);
  assert.deepEqual([meter.missing(99), meter.missing(100)], [0, 1]);
  meter.change('polled', 1, 250);

  assert.deepEqual([meter.lostMs, meter.slowMs], [[], [250]]);
});

test('LossScript takes one event in so many, all ways in turn, and keeps the gap', () => {
  const script = new LossScript({ seed: 3, every: 50, gapMs: 1 });
  const ways = Array.from({ length: 400 }, (_, at) => script.next(at).way);
  const taken = ways.filter((way): way is Way => way !== undefined);
  assert.equal(taken.length, 8);
  for (const turn of [taken.slice(0, 4), taken.slice(4)]) {
    assert.deepEqual(turn.toSorted(), ['exit', 'heap', 'loop', 'throw']);
  }

  const spaced = new LossScript({ seed: 3, every: 2, gapMs: 100 });
  for (let nowMs = 0; nowMs < 1000; nowMs += 1) spaced.next(nowMs);
  assert.ok(spaced.losses >= 9 && spaced.losses <= 10, String(spaced.losses));
});

test('makeSchedule() keeps the rate, and one event in so many is heavy', () => {
  const options = { seed: 9, ratePerSecond: 100, forMs: 100_000, heavyEvery: 20, together: 1 };
  const arrivals = makeSchedule(options);
  const heavy = arrivals.filter(({ isHeavy }) => isHeavy).length;

  assert.ok(Math.abs(arrivals.length - 10_000) < 400, String(arrivals.length));
  assert.ok(Math.abs(heavy - arrivals.length / 20) <= 1, String(heavy));
  assert.ok(arrivals.every(({ atMs }, at) => atMs >= (arrivals[at - 1]?.atMs ?? 0)));
  assert.deepEqual(makeSchedule(options), arrivals, 'one seed, one schedule');
  const groups = makeSchedule({ ...options, together: 5 });
  const times = new Set(groups.map(({ atMs }) => atMs));
  assert.equal(times.size, Math.ceil(groups.length / 5));
});

function event(id: number): Buffer {
  return Buffer.from(`{"sequence":${id}}`);
}

function answerTo(id: number, kind: 'response' | 'error', body: string): string {
  const path = `/2018-06-01/runtime/invocation/0-${String(id).padStart(12, '0')}/${kind}`;
  return `POST ${path} HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

type Client = {
  readonly socket: Socket;
  /** Settles when the server has seen what was sent, which `isSeen` tells. */
  readonly sendUntil: (text: string, isSeen: () => boolean) => Promise<void>;
  readonly received: (pattern: RegExp) => Promise<void>;
};

async function start(
  t: TestContext,
): Promise<{ server: ConcurrentServer; client: () => Promise<Client> }> {
  const server = await ConcurrentServer.listen();
  t.after(() => server.close());
  return { server, client: () => openClient(Number(server.address.split(':')[1])) };
}

async function openClient(port: number): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(socket, 'connect');
  const received = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(text)) await once(socket, 'data');
  };
  const sendUntil = async (request: string, isSeen: () => boolean): Promise<void> => {
    socket.write(request);
    while (!isSeen()) await new Promise(setImmediate);
  };
  return { socket, sendUntil, received };
}
