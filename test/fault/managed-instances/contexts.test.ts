// Managed Instances: invocations that take turns on a thread each have their own id, in the log and
// in whatever carries it, and callbacks answer at once.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InvokeResult } from '../../../src/emulator/emulator.ts';
import { seededRandom } from '../../sim/sim-clock.ts';
import { ManagedFunction, type Step, toError, toTold } from '../../support/managed-function.ts';
import { until } from '../../support/until.ts';
import { makeFolder } from '../../unit/workers/temporary-folder.ts';

const LANES = 8;
const EVENTS = 80;
const ROUNDS = 6;

type Line = {
  readonly requestId: string;
  readonly level: string;
  readonly message: {
    readonly name: string;
    readonly ids: readonly string[];
    readonly trace: readonly string[];
  };
};

test('lines on stdout have the id of who wrote them, and so has every context', async (t) => {
  const managed = await ManagedFunction.start(t, { concurrency: LANES, threads: 2 });
  const results = await takeTurns(managed);
  const lines = managed.log.filter(({ source, line }) => source === 'stdout' && /"ids"/.test(line));

  checkLines(
    lines.map(({ line }) => JSON.parse(line) as Line),
    results,
  );
  for (const { line, requestId } of lines) assert.equal(JSON.parse(line).requestId, requestId);
  assert.ok(
    results.map(toTold).some(({ most }) => most > 2),
    'several were in a thread',
  );
});

test('lines go to the socket of the platform, where one is named', async (t) => {
  const path = join(makeFolder(t, {}), 'socket');
  let text = '';
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    t.after(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  const env = { _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET: path };
  const managed = await ManagedFunction.start(t, { concurrency: LANES, threads: 2, env });
  const results = await takeTurns(managed);
  const count = results.length * ROUNDS;
  await until(t, () => text.split('"ids"').length > count && text.endsWith('\n'));

  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  checkLines(
    lines.filter(({ message }) => message.ids !== undefined),
    results,
  );
  assert.deepEqual(
    managed.log.filter(({ source }) => source === 'stdout'),
    [],
  );
});

test('the line of an error, and of a crash, has the id of whose it is', async (t) => {
  const managed = await ManagedFunction.start(t, { concurrency: 4, threads: 1 });
  const near = [await managed.hold('near'), await managed.hold('fails', [['fail']])];
  const crash = await managed.hold('crashes', [['throwInTimer']]);
  for (const { go } of near.slice(1)) go();
  assert.equal(toError((await near[1]?.result) as InvokeResult).errorMessage, 'on purpose');
  crash.go();
  toError(await crash.result);

  const idOf = (pattern: RegExp): unknown => {
    const found = managed.log.filter(({ line, source }) => {
      return source === 'stdout' && pattern.test(line);
    });
    assert.equal(found.length, 1);
    return JSON.parse(found[0]?.line ?? '').requestId;
  };
  assert.equal(idOf(/on purpose/), 'fails');
  assert.equal(idOf(/SECRET of the timer/), 'crashes');
});

test('callbacks answer at once, whatever goes on behind them', async (t) => {
  const options = { concurrency: 4, threads: 1, handler: 'callback' } as const;
  const { emulator } = await ManagedFunction.start(t, options);
  for (let round = 0; round < 3; round += 1) {
    await emulator.waitForPoll({ count: 4 });
    const tokens = [0, 1, 2, 3];
    const results = await Promise.all(tokens.map((token) => emulator.invoke({ token })));
    assert.deepEqual(
      results.map(({ payload }) => payload),
      tokens,
    );
  }
});

/** As many as there are lanes, all the time. */
async function takeTurns(managed: ManagedFunction): Promise<readonly InvokeResult[]> {
  const random = seededRandom(3);
  const results: Promise<InvokeResult>[] = [];
  for (let nth = 0; nth < EVENTS; nth += 1) {
    const steps: Step[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      steps.push(['tell', `id-${nth}`], random() < 0.5 ? ['turn'] : ['wait', random() * 5]);
    }
    await managed.emulator.waitForPoll();
    results.push(managed.run(steps, { requestId: `id-${nth}` }));
  }
  return Promise.all(results);
}

function checkLines(lines: readonly Line[], results: readonly InvokeResult[]): void {
  const traces = new Map(results.map(({ requestId, traceId }) => [requestId, traceId]));
  const order: string[] = [];
  for (const { requestId, level, message } of lines) {
    const { name, ids, trace } = message;
    assert.deepEqual([requestId, level, ids], [name, 'INFO', [name, name, name]]);
    assert.deepEqual(trace, [traces.get(name), traces.get(name)]);
    order.push(name);
  }
  assert.equal(lines.length, results.length * ROUNDS);
  const changes = order.filter((name, at) => name !== order[at - 1]).length;
  assert.ok(changes > 2 * results.length, 'they take turns');
  for (const result of results) {
    const { isTraced, requestId } = toTold(result);
    assert.deepEqual([isTraced, requestId], [false, result.requestId]);
  }
}
