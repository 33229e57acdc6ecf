// BULKHEAD_REPORT=1, through the whole stack: one line for each invocation.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PHASES } from '../../src/core/phases.ts';
import { Emulator } from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/handlers');

type Report = Record<string, unknown> & { readonly overheadUs: Readonly<Record<string, number>> };

async function start(context: TestContext, env: Record<string, string>) {
  const emulator = await Emulator.start({ timeoutMs: 2000, onLog: () => {} });
  context.after(() => emulator.close());
  const handler = join(FOLDER, 'meter.waits');
  const child = new RuntimeChild(context, { handler, runtimeApi: emulator.runtimeApi, env });
  await Promise.race([emulator.waitForPoll(), child.failure()]);
  return { child, emulator };
}

function reportsIn(text: string): Report[] {
  const lines = text.split('\n').filter((line) => line.includes('"bulkhead.report"'));
  return lines.map((line) => JSON.parse(line));
}

for (const pipelining of ['auto', 'off']) {
  test(`each invocation has its report, with all phases: pipelining ${pipelining}`, async (context) => {
    const env = { BULKHEAD_REPORT: '1', BULKHEAD_PIPELINING: pipelining };
    const { child, emulator } = await start(context, env);
    for (const ms of [0, 40, 0]) await emulator.invoke({ ms });
    await child.until(({ stderr }) => reportsIn(stderr).length === 3);
    const reports = reportsIn(child.stderr);
    assert.deepEqual(
      reports.map(({ start, outcome, bytesOut }) => [start, outcome, bytesOut]),
      [
        ['cold', 'success', 4],
        ['warm', 'success', 4],
        ['warm', 'success', 4],
      ],
    );
    for (const { overheadUs } of reports) assert.deepEqual(Object.keys(overheadUs), PHASES);
    const [, waited] = reports;
    assert.ok(waited !== undefined);
    const { durationMs, handlerMs, overheadUs } = waited;
    assert.ok(Number(handlerMs) >= 39 && Number(durationMs) >= Number(handlerMs));
    const { wait: _, repoll: __, ...spent } = overheadUs;
    const sumMs = Object.values(spent).reduce((sum, us) => sum + us, 0) / 1000;
    // What the clocks of two threads may differ by, and the rounding.
    assert.ok(Math.abs(sumMs - Number(durationMs)) < 0.2, `${sumMs} of ${durationMs} ms`);
  });
}

test('an invocation that kills its worker has its report, as far as anything is known', async (context) => {
  const { child, emulator } = await start(context, { BULKHEAD_REPORT: '1' });
  await emulator.invoke({ ms: 60_000 });
  await child.until(({ stderr }) => reportsIn(stderr).length === 1);
  const [report] = reportsIn(child.stderr);
  assert.equal(report?.['outcome'], 'timeout');
  const { overheadUs = {} } = report ?? {};
  const known = ['wait', 'receive', 'handler', 'respond', 'repoll'];
  assert.deepEqual(Object.keys(overheadUs), known);
  assert.equal(
    Math.round(Number(overheadUs['handler'])),
    Math.round(Number(report?.['handlerMs']) * 1000),
  );
});

test('without the setting there is no report', async (context) => {
  const { child, emulator } = await start(context, {});
  await emulator.invoke({ ms: 0 });
  child.child.kill('SIGTERM');
  await child.ended;
  assert.deepEqual(reportsIn(child.text), []);
});
