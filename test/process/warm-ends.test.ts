// How `bulkhead warm` ends: when processes outlive the handler, by a signal, without a runtime.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { until } from '../support/until.ts';
import { CACHE, CLI, makeTask } from '../support/warmed-function.ts';
import { assertGone, isAlive } from '../unit/emulator/support/managed-script.ts';

/** What waits for ever is not waited for. */
const LIMIT = { timeout: 60_000 } as const;

type Ended = { readonly code: number | null; readonly stderr: string };
type Warming = { readonly pid: number; readonly ended: Promise<Ended> };

/** Runs it for a handler of that text, which may write process ids to `pid`. */
function startWarm(t: TestContext, task: string, text: string, ...nodeArgs: string[]): Warming {
  writeFileSync(
    join(task, 'odd.mjs'),
    `import { spawn } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    const tell = (pid) => writeFileSync('pid', pid + '\\n');
    ${text}
    export const handler = async () => 1;`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [...nodeArgs, CLI, 'warm', 'odd.handler', '--out', CACHE];
  const child = spawn(process.execPath, args, {
    cwd: task,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  child.stdout.resume();
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }));
  return { pid: child.pid ?? 0, ended };
}

async function toldPid(t: TestContext, task: string): Promise<number> {
  const file = join(task, 'pid');
  await until(t, () => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
  return Number(readFileSync(file, 'utf8'));
}

function left(task: string): readonly string[] {
  return readdirSync(task).filter((name) => name.startsWith(CACHE));
}

describe('the end of bulkhead warm', { concurrency: 2 }, () => {
  test('does not wait for who holds the output of the runtime', LIMIT, async (t) => {
    const task = makeTask(t);
    const text = `const child = spawn('sleep', ['600'], { stdio: 'inherit', detached: true });
      child.unref();
      tell(child.pid);`;
    const { ended } = startWarm(t, task, text);
    const pid = await toldPid(t, task);
    t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.ok(isAlive(pid));
    assert.deepEqual(left(task), [CACHE]);
  });

  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    for (const [what, text] of [
      ['waits', 'await new Promise((resolve) => setTimeout(resolve, 600_000));'],
      ['is busy', 'for (;;);'],
    ] as const) {
      test(`${signal} while the handler ${what} leaves nothing behind`, LIMIT, async (t) => {
        const task = makeTask(t);
        const { pid, ended } = startWarm(t, task, `tell(process.pid);\n${text}`);
        const runtime = await toldPid(t, task);
        assert.notEqual(runtime, pid);
        assert.equal(left(task).length, 1);
        process.kill(pid, signal);
        const { code, stderr } = await ended;
        assert.equal(code, expected, stderr);
        assert.deepEqual(left(task), []);
        await assertGone(runtime);
      });
    }
  }

  test('is forced on a runtime that does not hear of it', LIMIT, async (t) => {
    const task = makeTask(t);
    const deaf = join(task, 'deaf');
    const script = "#!/bin/sh\ntrap '' TERM\necho $$ > pid\nexec sleep 600\n";
    writeFileSync(deaf, script, { mode: 0o755 });
    const { pid, ended } = startWarm(t, task, '', '--import', runtimeIs(deaf));
    const runtime = await toldPid(t, task);
    t.after(() => isAlive(runtime) && process.kill(runtime, 'SIGKILL'));
    process.kill(pid, 'SIGTERM');
    const { code, stderr } = await ended;
    assert.equal(code, 143, stderr);
    assert.deepEqual(left(task), []);
    await assertGone(runtime);
  });

  test('comes with a clear message when the runtime cannot be started', LIMIT, async (t) => {
    const task = makeTask(t);
    const { code, stderr } = await startWarm(t, task, '', '--import', runtimeIs('/no/node')).ended;
    assert.equal(code, 4, stderr);
    assert.match(stderr, /^bulkhead: Cannot start the runtime "\/no\/node": spawn .* ENOENT;/);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.deepEqual(left(task), []);
  });
});

/** A preload that has another program run instead of Node.js. */
function runtimeIs(program: string): string {
  return `data:text/javascript,process.execPath=${encodeURIComponent(JSON.stringify(program))}`;
}
