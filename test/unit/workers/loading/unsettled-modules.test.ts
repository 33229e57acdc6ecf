import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { unsettledModules } from '../../../../workers/loading/unsettled-modules.ts';
import { makeFolder } from '../temporary-folder.ts';

const NEVER = 'await new Promise(() => {});';

/** Imports a.mjs, which never finishes; gives the files that are said to be the reason. */
async function unsettledOf(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const root = makeFolder(t, files);
  void import(pathToFileURL(join(root, 'a.mjs')).href);
  while (!(globalThis as { reached?: boolean }).reached) await import('node:timers/promises');
  delete (globalThis as { reached?: boolean }).reached;
  // Those of other tests never settle either.
  return (await unsettledModules())
    .filter((file) => file.startsWith(root))
    .map((file) => file.slice(root.length + 1));
}
const HANGS = `globalThis.reached = true; ${NEVER}`;

test('the module that waits is told from those that wait for it', async (t) => {
  const files = {
    'a.mjs': "import './b.mjs'; import './c.mjs'; await 1;",
    'b.mjs': HANGS,
    'c.mjs': "import './b.mjs'; import './d.mjs'; await 2;",
    'd.mjs': 'await 3;',
  };

  assert.deepEqual(await unsettledOf(t, files), ['b.mjs']);
});

test('a module that waits on its own is named', async (t) => {
  const files = { 'a.mjs': `import './d.mjs'; ${HANGS}`, 'd.mjs': 'await 3;' };

  assert.deepEqual(await unsettledOf(t, files), ['a.mjs']);
});

test('modules that wait for each other are named all', async (t) => {
  const files = { 'a.mjs': `import './e.mjs'; ${HANGS}`, 'e.mjs': "import './a.mjs'; await 1;" };

  assert.deepEqual(await unsettledOf(t, files), ['a.mjs', 'e.mjs']);
});
