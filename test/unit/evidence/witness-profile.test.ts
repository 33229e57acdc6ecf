// The CPU profile that a witness takes beside what it sees.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PATIENTLY } from '../../support/until.ts';
import { endsAtOnce, startStuck, watch } from './stuck-thread.ts';

/** Much, so that a busy machine does not matter; a thread that answers does not use it up. */
const BUDGET_MS = 2000;

const withoutProfile =
  'startCpuProfile' in Worker.prototype ? false : 'this Node cannot profile another thread';

test('a CPU profile is written, into its folder', { skip: withoutProfile }, async (context) => {
  const folder = temporaryFolder(context);
  const thread = await startStuck(context, 'loop');
  const witness = watch(thread, folder);
  witness.prepare(BUDGET_MS);
  await wait(100);

  const { profilePath = '' } = await witness.collect(BUDGET_MS);
  witness.dispose();
  await endsAtOnce(thread.worker);

  await context.waitFor(() => {
    const [name = ''] = readdirSync(folder);
    assert.equal(profilePath, join(folder, name));
    assert.match(name, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-___r_1\.cpuprofile$/);
    const profile = JSON.parse(readFileSync(profilePath, 'utf8')) as Record<string, unknown[]>;
    const { nodes = [], samples = [], timeDeltas = [] } = profile;
    assert.ok(nodes.length > 0 && samples.length > 0);
    assert.equal(samples.length, timeDeltas.length);
  }, PATIENTLY);
});

test('a profile of a thread that goes on is thrown away', async (context) => {
  const folder = temporaryFolder(context);
  const thread = await startStuck(context, 'work');
  const witness = watch(thread, folder);
  witness.prepare(BUDGET_MS);
  witness.dispose();

  thread.letGo();
  assert.equal(await thread.ended, 0);
  assert.deepEqual(readdirSync(folder), []);
});

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-witness-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
