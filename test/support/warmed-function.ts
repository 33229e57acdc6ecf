// A function in a folder of its own, and `bulkhead warm` for it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../unit/workers/temporary-folder.ts';

export const CLI: string = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
export const CACHE = '.bulkhead-cache';
const FILES = {
  'task/app.mjs': `
    import { getCompileCacheDir } from 'node:module';
    import { one } from 'dependency';
    export const handler = async () => ({
      one,
      cache: getCompileCacheDir(),
      told: Object.keys(process.env).filter((name) => /^NODE_.*COMPILE_CACHE/.test(name)),
    });`,
  // Node.js has a folder for each set of V8's options.
  'task/parent.mjs': `
    import { execFileSync } from 'node:child_process';
    execFileSync(process.execPath, ['--stack-trace-limit=50', '-e', '']);
    export { handler } from './app.mjs';`,
  'task/broken.mjs': "throw new RangeError('no such table');",
  'task/node_modules/dependency/index.js': 'exports.one = 1;',
};

/** The folder of a function: one that can be loaded and one that cannot. */
export function makeTask(t: TestContext): string {
  return join(makeFolder(t, FILES), 'task');
}

export type End = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export function warm(task: string, ...args: readonly string[]): Promise<End> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [CLI, 'warm', ...args],
      { cwd: task, env },
      (error, stdout, stderr) =>
        resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** A function with a cache that fits. */
export async function warmed(
  t: TestContext,
  handler = 'app.handler',
  ...args: readonly string[]
): Promise<string> {
  const task = makeTask(t);
  const { exitCode, stderr } = await warm(task, handler, '--out', CACHE, ...args);
  assert.equal(exitCode, 0, stderr);
  return task;
}
