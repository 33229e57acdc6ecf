// Packages that lie where only NODE_PATH leads, as those of layers do, in the running product.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';
import { makeFolder } from '../unit/workers/temporary-folder.ts';

const FILES = {
  'layer/node_modules/shared/package.json': '{"name":"shared","exports":{"import":"./m.mjs"}}',
  'layer/node_modules/shared/m.mjs': "export const from = 'the layer';",
  'layer/node_modules/packaged/index.mjs': "export const handler = async () => 'a package';",
  'layer/node_modules/packaged/package.json': '{"main":"index.mjs"}',
  'task/a.mjs': "import { from } from 'shared'; export const handler = async () => from;",
};

for (const isolation of ['shared', 'none']) {
  for (const [handler, expected] of [
    ['task/a.handler', 'the layer'],
    ['packaged.handler', 'a package'],
  ] as const) {
    test(`${handler} is served by way of NODE_PATH, isolation ${isolation}`, async (t) => {
      const root = makeFolder(t, FILES);
      const emulator = await Emulator.start({ timeoutMs: 60_000, onLog: () => {} });
      t.after(() => emulator.close());
      const NODE_PATH = join(root, 'layer/node_modules');
      const env = { NODE_PATH, LAMBDA_TASK_ROOT: root, BULKHEAD_ISOLATION: isolation };
      const child = new RuntimeChild(t, { handler, runtimeApi: emulator.runtimeApi, env });

      const { payload } = await Promise.race([emulator.invoke({}), child.failure()]);

      assert.equal(payload, expected);
    });
  }
}
