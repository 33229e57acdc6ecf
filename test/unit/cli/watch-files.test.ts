import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { watchFiles } from '../../../src/cli/watch-files.ts';

/** A watched folder, and a way to wait for the next change that is told. */
async function watchedFolder(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'bulkhead-watch-'));
  await mkdir(join(root, 'lib', 'deep'), { recursive: true });
  await mkdir(join(root, 'node_modules', 'left'), { recursive: true });
  let change = Promise.withResolvers<string>();
  const watch = watchFiles({ root, onChange: (file) => change.resolve(file) });
  t.after(async () => {
    watch.close();
    await rm(root, { recursive: true });
  });
  const nextChange = async (): Promise<string> => {
    const file = await change.promise;
    change = Promise.withResolvers();
    return file;
  };
  return { root, watch, nextChange };
}

test('a changed source file is told, in any folder below', async (t) => {
  const { root, watch, nextChange } = await watchedFolder(t);

  await writeFile(join(root, 'app.mjs'), '1');
  assert.equal(await nextChange(), join(root, 'app.mjs'));
  await writeFile(join(root, 'lib', 'deep', 'part.cjs'), '1');
  assert.equal(await nextChange(), join(root, 'lib', 'deep', 'part.cjs'));
  assert.equal(watch.isComplete, true);
});

test('packages, hidden files and what a handler writes are not told', async (t) => {
  const { root, nextChange } = await watchedFolder(t);

  await writeFile(join(root, 'node_modules', 'left', 'index.js'), '1');
  await writeFile(join(root, '.cache.js'), '1');
  await writeFile(join(root, 'out.log'), '1');
  await writeFile(join(root, 'last.js'), '1');

  // The others came first: had one been told, it would be this one.
  assert.equal(await nextChange(), join(root, 'last.js'));
});

test('a folder that cannot be watched leaves the watch incomplete', () => {
  const watch = watchFiles({ root: join(tmpdir(), 'bulkhead-no-such-folder'), onChange: () => {} });

  assert.equal(watch.isComplete, false);
  watch.close();
});
