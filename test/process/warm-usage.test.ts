// What `bulkhead warm` says, refuses and leaves behind.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CACHE, makeTask, warm } from '../support/warmed-function.ts';

describe('bulkhead warm', { concurrency: 2 }, () => {
  test('says what it has made, and for what', async (t) => {
    const task = makeTask(t);
    const before = readdirSync(task);
    const { exitCode, stdout } = await warm(task, 'app.handler', '--out', CACHE);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^Compile cache for Node\.js v[\d.]+ on \w+: \d+ files, [\d.]+ MB in /);
    assert.match(stdout, /"bulkhead start" finds it there\.\n$/);
    assert.equal(stdout.trimEnd().split('\n').length, 2);
    assert.deepEqual(readdirSync(task).sort(), [CACHE, ...before].sort());
  });

  test('fails with the error of Init and leaves nothing behind', async (t) => {
    const task = makeTask(t);
    const before = readdirSync(task);
    for (const [handler, says] of [
      ['broken.handler', /RangeError.*no such table/],
      ['absent.handler', /Runtime\.ImportModuleError.*Cannot find module 'absent'/],
    ] as const) {
      const { exitCode, stdout, stderr } = await warm(task, handler, '--out', CACHE);
      assert.deepEqual([exitCode, stdout], [3, '']);
      assert.match(stderr, says);
      assert.deepEqual(readdirSync(task), before);
    }
  });

  test('refuses what it cannot use', async (t) => {
    const task = makeTask(t);
    const rows: readonly [readonly string[], RegExp][] = [
      [[], /Cannot run "bulkhead warm": no handler is given/],
      [['app.handler'], /Cannot run "bulkhead warm": no folder is given; name one with --out/],
      [['app.handler', '--out', 'app.mjs'], /Cannot use --out "app\.mjs": it is not a folder/],
      [['app.handler', '--out', 'no/such'], /Cannot use --out "no\/such": there is no folder /],
      [['app.handler', '--out', CACHE, '--port', '1'], /Cannot use "--port"/],
    ];
    for (const [args, says] of rows) {
      const { exitCode, stderr } = await warm(task, ...args);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, says);
    }
  });
});
