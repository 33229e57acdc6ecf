import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { CpuProfile, PROFILES_MAX } from '../../../src/evidence/cpu-profile.ts';
import { PATIENTLY } from '../../support/until.ts';

type Handle = { readonly stop: () => Promise<string> };
type Start = (...args: unknown[]) => Promise<Handle>;

function profileOf(startCpuProfile: Start | undefined, folder = '/'): [CpuProfile, string[]] {
  const problems: string[] = [];
  const worker = { startCpuProfile } as unknown as Worker;
  const onProblem = (text: string): unknown => problems.push(text);
  return [new CpuProfile({ worker, folder, requestId: 'a/b', onProblem }), problems];
}

function handle(stops: string[]): Handle {
  return {
    stop: async () => {
      stops.push('stop');
      return '{}';
    },
  };
}

test('each form of the call that Node has had begins a profile', async (context) => {
  const folder = temporaryFolder(context);
  const forms: Record<string, Start> = {
    'a name is wanted': async (name) => {
      assert.equal(typeof name, 'string');
      return handle([]);
    },
    'nothing is wanted': async (...args) => {
      assert.deepEqual(args, []);
      return handle([]);
    },
  };
  const wantsName: Start = (...args) => {
    if (args.length === 0) throw new TypeError('The "name" argument must be of type string');
    return forms['a name is wanted']?.(...args) ?? assert.fail();
  };
  for (const start of [wantsName, forms['nothing is wanted']]) {
    const [profile, problems] = profileOf(start, folder);
    profile.begin();
    const path = (await profile.end(1000)) ?? '';
    assert.ok(path.startsWith(`${folder}/`) && path.endsWith('-a_b.cpuprofile'), path);
    await context.waitFor(() => assert.equal(readFileSync(path, 'utf8'), '{}'), PATIENTLY);
    assert.deepEqual(problems, []);
  }
});

test('without the call, or before it, there is none', async () => {
  const [profile] = profileOf(undefined);
  profile.begin();
  assert.equal(await profile.end(1000), undefined);
  const [other] = profileOf(async () => handle([]));
  assert.equal(await other.end(1000), undefined);
});

test('a thread that does not answer is not waited for', async () => {
  const [profile] = profileOf(() => new Promise(() => {}));
  profile.begin();
  assert.equal(await profile.end(5), undefined);
});

test('a profile that is not wanted is ended, even if it has not begun yet', async () => {
  const stops: string[] = [];
  const { promise, resolve } = Promise.withResolvers<Handle>();
  const [profile] = profileOf(() => promise);
  profile.begin();
  profile.discard();
  assert.deepEqual(stops, []);

  resolve(handle(stops));
  await new Promise(setImmediate);
  assert.deepEqual(stops, ['stop']);
});

test('a profile that cannot be kept is told', async (context) => {
  const [profile, problems] = profileOf(
    async () => handle([]),
    join(temporaryFolder(context), 'no'),
  );
  profile.begin();
  await profile.end(1000);
  await context.waitFor(
    () => assert.match(problems[0] ?? '', /^Cannot keep the CPU profile: .*ENOENT/),
    PATIENTLY,
  );
});

test('that a thread has ended before its profile began is nobody’s problem', async () => {
  const [profile, problems] = profileOf(() => Promise.reject(new Error('not running')));
  profile.begin();
  profile.discard();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(problems, []);
});

// The last of this file: it uses up what one process may keep.
test('a process keeps so many and no more, and says so', async (context) => {
  const folder = temporaryFolder(context);
  const paths: (string | undefined)[] = [];
  const told: string[] = [];
  for (let count = 0; count <= PROFILES_MAX; count += 1) {
    const [profile, problems] = profileOf(async () => handle([]), folder);
    profile.begin();
    paths.push(await profile.end(1000));
    told.push(...problems);
  }
  assert.equal(paths.at(-1), undefined);
  assert.match(told.join(), /process takes no more/);
  await context.waitFor(() => {
    for (const path of paths) if (path !== undefined) readFileSync(path);
  }, PATIENTLY);
});

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-profile-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
