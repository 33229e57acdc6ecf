// SnapStart in the emulator, by a runtime that is played with plain HTTP requests.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Emulator, EmulatorOptions, LogEntry } from '../../src/emulator/emulator.ts';
import {
  API,
  answerPath,
  INIT_ERROR,
  idOf,
  next,
  post,
  type RawReply,
  rawCall,
  startBare,
} from '../unit/emulator/support/raw-runtime.ts';

const RESTORE_ERROR = `${API}/restore/error`;
const BODY = '{"errorType":"Runtime.AfterRestoreError","errorMessage":"no"}';
const HEADERS = { 'lambda-runtime-function-error-type': 'Runtime.AfterRestoreError' };

type Scene = { readonly emulator: Emulator; readonly lines: string[] };

async function start(t: TestContext, options: EmulatorOptions = {}): Promise<Scene> {
  const lines: string[] = [];
  const onLog = ({ line }: LogEntry): void => void lines.push(line);
  return { emulator: await startBare(t, { snapStart: true, onLog, ...options }), lines };
}

function restoreNext({ runtimeApi }: Emulator): Promise<RawReply> {
  return rawCall(runtimeApi, 'GET', `${API}/restore/next`);
}

async function park({ emulator }: Scene): Promise<Promise<RawReply>[]> {
  const parked = restoreNext(emulator);
  await emulator.waitForSnapshot();
  return [parked];
}

test('the offer of a snapshot waits until the environment is restored', async (t) => {
  const scene = await start(t);
  const { emulator, lines } = scene;
  const [parked] = await park(scene);
  assert.equal(emulator.state, 'RestoreReady');
  const restored = emulator.restore();
  const reply = await parked;
  assert.deepEqual([reply?.status, reply?.text], [200, '']);
  assert.equal(emulator.state, 'Restoring');
  void next(emulator).catch(() => {});
  await restored;
  assert.equal(emulator.state, 'Ready');
  assert.equal(lines[0], 'RESTORE_START');
  assert.match(lines[1] ?? '', /^RESTORE_REPORT Restore Duration: [\d.]+ ms$/);
});

test('an invocation restores the environment', async (t) => {
  const scene = await start(t);
  const [parked] = await park(scene);
  const invoked = scene.emulator.invoke({ n: 1 });
  assert.equal((await parked)?.status, 200);
  const event = await next(scene.emulator);
  assert.equal(event.text, '{"n":1}');
  await post(scene.emulator, answerPath(idOf(event)), { body: '"done"' });
  void next(scene.emulator).catch(() => {});
  assert.equal((await invoked).payload, 'done');
});

test('while it waits, and after it, nothing else is legal', async (t) => {
  const scene = await start(t);
  const { emulator } = scene;
  const [parked] = await park(scene);
  const calls = [
    () => next(emulator),
    () => restoreNext(emulator),
    () => post(emulator, INIT_ERROR, { body: '{}' }),
    () => post(emulator, RESTORE_ERROR, { body: '{}' }),
  ];
  for (const call of calls) assert.equal((await call()).status, 403);
  void emulator.restore();
  await parked;
  assert.equal((await restoreNext(emulator)).status, 403);
});

for (const path of [RESTORE_ERROR, INIT_ERROR]) {
  test(`after the restore ${path} is what the next invocation is answered with`, async (t) => {
    const scene = await start(t);
    const { emulator, lines } = scene;
    const [parked] = await park(scene);
    const invoked = emulator.invoke({});
    await parked;
    assert.equal((await post(emulator, path, { headers: HEADERS, body: BODY })).status, 202);
    const { functionError, payload } = await invoked;
    assert.equal(functionError, 'Unhandled');
    assert.deepEqual(payload, JSON.parse(BODY));
    const report = /Status: error Error Type: Runtime\.AfterRestoreError$/;
    assert.match(lines.find((line) => line.startsWith('RESTORE_REPORT')) ?? '', report);
  });
}

test('hooks that do not end in time fail the restore', async (t) => {
  const scene = await start(t, { restoreTimeoutMs: 50 });
  const [parked] = await park(scene);
  const invoked = scene.emulator.invoke({});
  await parked;
  const { payload } = await invoked;
  assert.equal((payload as { errorType: string }).errorType, 'Runtime.RestoreHookUserTimeout');
  assert.ok(scene.lines.some((line) => /^RESTORE_REPORT .* Status: timeout$/.test(line)));
});

test('a runtime that polls instead has no use for a restore', async (t) => {
  const { emulator } = await start(t);
  void next(emulator).catch(() => {});
  await emulator.waitForPoll();
  await emulator.restore();
  assert.equal(emulator.state, 'Ready');
  assert.equal((await restoreNext(emulator)).status, 403);
});

test('without SnapStart there are no such paths', async (t) => {
  const { emulator } = await start(t, { snapStart: false });
  assert.equal((await restoreNext(emulator)).status, 404);
  assert.equal((await post(emulator, RESTORE_ERROR, { body: '{}' })).status, 404);
  await assert.rejects(emulator.restore(), /Cannot use a snapshot: snapStart is not set/);
});

test('a wait is over when the emulator is closed', async (t) => {
  const scene = await start(t);
  const [parked] = await park(scene);
  const dropped = assert.rejects(parked ?? Promise.resolve());
  await scene.emulator.close();
  await dropped;
});
