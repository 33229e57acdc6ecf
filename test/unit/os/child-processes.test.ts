import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  childrenOfThread,
  childrenToEnd,
  endProcessTrees,
} from '../../../src/os/child-processes.ts';
import { procOf, type ScriptedProc, type ScriptedProcess } from './scripted-proc.ts';

/** Now is 1000 s after the boot: a start at 990 s was at NOW - 10 s. */
const NOW = 1_000_000;
const own = { pid: 100, parentPid: 1 };
const none: readonly ScriptedProcess[] = [];

test('without the list of the kernel, the children are those that were started since', () => {
  const proc = procOf({
    rows: [
      own,
      { pid: 101, parentPid: 100, command: 'old\0', startedS: 980 },
      { pid: 102, parentPid: 100, command: 'sh\0-c\0sleep 100\0', startedS: 995 },
      { pid: 103, parentPid: 102, command: 'of the child', startedS: 996 },
      { pid: 104, parentPid: 100, command: '', name: 'a (b) c', startedS: 997 },
      { pid: 105, parentPid: 100, command: 'dead', state: 'Z', startedS: 997 },
      { pid: 106, parentPid: 1, command: 'of another', startedS: 997 },
    ],
  });
  const expected = [
    { pid: 102, command: 'sh -c sleep 100' },
    { pid: 104, command: 'a (b) c' },
  ];
  assert.deepEqual(childrenOfThread(110, NOW - 10_000, proc), expected);
  assert.deepEqual(childrenOfThread(undefined, NOW - 10_000, proc), expected);
});

test('the list of the kernel tells the children of this thread from those of others', () => {
  const proc = procOf({
    files: { '/proc/self/task/110/children': '102 103 ' },
    rows: [
      own,
      { pid: 102, parentPid: 100, command: 'this', startedS: 995 },
      { pid: 103, parentPid: 100, command: 'this, but old', startedS: 10 },
      { pid: 104, parentPid: 100, command: 'of another', startedS: 995 },
    ],
  });
  assert.deepEqual(childrenOfThread(110, NOW - 10_000, proc), [{ pid: 102, command: 'this' }]);
  const empty = procOf({
    files: { '/proc/self/task/110/children': '' },
    rows: [own, { pid: 104, parentPid: 100, startedS: 995 }],
  });
  assert.deepEqual(childrenOfThread(110, NOW - 10_000, empty), []);
});

test('without that list, those from a time with other threads may be theirs', () => {
  const rows = [
    own,
    { pid: 101, parentPid: 100, command: 'old', startedS: 980 },
    { pid: 102, parentPid: 100, command: 'before', startedS: 992 },
    { pid: 103, parentPid: 100, command: 'after', startedS: 997 },
  ];
  const before = { pid: 102, command: 'before' };
  const after = { pid: 103, command: 'after' };
  const toEnd = (othersSince: number, files = {}) =>
    childrenToEnd(110, NOW - 10_000, othersSince, procOf({ rows, files }));
  assert.deepEqual(toEnd(NOW - 5000), { own: [before], doubtful: [after] });
  assert.deepEqual(toEnd(Number.POSITIVE_INFINITY), { own: [before, after], doubtful: [] });
  assert.deepEqual(toEnd(Number.NEGATIVE_INFINITY), { own: [], doubtful: [before, after] });
  // Within what the times of starts can tell, it is in doubt.
  assert.deepEqual(toEnd(NOW - 7990), { own: [], doubtful: [before, after] });
  const files = { '/proc/self/task/110/children': '102 103 ' };
  assert.deepEqual(toEnd(Number.NEGATIVE_INFINITY, files), { own: [before, after], doubtful: [] });
});

test('a long command line is cut', () => {
  const rows = [{ pid: 102, parentPid: 100, command: 'x'.repeat(5000), startedS: 995 }];
  const [child] = childrenOfThread(undefined, NOW - 10_000, procOf({ rows }));
  assert.equal(child?.command, `${'x'.repeat(200)} ...`);
});

test('where there is no /proc there are no children', () => {
  const proc = { ...procOf({ rows: none }), readText: () => undefined, listFolder: () => [] };
  assert.deepEqual(childrenOfThread(110, 0, proc), []);
  assert.doesNotThrow(() => endProcessTrees([{ pid: 5, command: '' }], proc));
});

test('a whole tree is stopped from the top before any of it is ended', () => {
  const rows = [
    own,
    { pid: 130, parentPid: 120 },
    { pid: 110, parentPid: 100 },
    { pid: 120, parentPid: 110 },
    { pid: 121, parentPid: 110, state: 'Z' },
    { pid: 140, parentPid: 100 },
    { pid: 141, parentPid: 140 },
  ];
  assert.deepEqual(signalsFor({ rows }, [110]), [
    'SIGSTOP 110',
    'SIGSTOP 120',
    'SIGSTOP 130',
    'SIGKILL 110',
    'SIGKILL 120',
    'SIGKILL 130',
  ]);
});

test('a process that was started while the tree was being stopped is ended with it', () => {
  const rows = [own, { pid: 110, parentPid: 100 }];
  const sent: string[] = [];
  endProcessTrees([{ pid: 110, command: '' }], procOf({ rows }), (pid, signal) => {
    sent.push(`${signal} ${pid}`);
    if (pid === 110 && signal === 'SIGSTOP') rows.push({ pid: 111, parentPid: 110 });
  });
  assert.deepEqual(sent, ['SIGSTOP 110', 'SIGSTOP 111', 'SIGKILL 110', 'SIGKILL 111']);
});

test('a tree that never stops growing does not keep this thread', () => {
  const rows = [own, { pid: 110, parentPid: 100 }];
  const proc = procOf({ rows });
  let killed = 0;
  endProcessTrees([{ pid: 110, command: '' }], proc, (pid, signal) => {
    if (signal === 'SIGSTOP') rows.push({ pid: pid + 1, parentPid: 110 });
    else killed += 1;
  });
  assert.equal(killed, 20);
});

test('whoever is no child is left alone: others, this process, what it was started by', () => {
  const rows = [
    { pid: 1, parentPid: 0 },
    own,
    { pid: 110, parentPid: 1 },
    { pid: 111, parentPid: 110 },
    { pid: 112, parentPid: 100, state: 'Z' },
  ];
  assert.deepEqual(signalsFor({ rows }, [1, 100, 110, 112, 999, 0, -1]), []);
});

test('a process that claims to be its own ancestor is signalled once', () => {
  const rows = [own, { pid: 110, parentPid: 100 }, { pid: 120, parentPid: 120 }];
  assert.deepEqual(signalsFor({ rows }, [110]), ['SIGSTOP 110', 'SIGKILL 110']);
});

const WAITING = {
  'a shell with children': `execSync('sh -c "sleep 100; true"; true')`,
  'one that starts again and again': `for (;;) try { execSync('sleep 100; true') } catch {}`,
  'a command of its own process group': `execFileSync('setsid', ['-w', 'sleep', '100'])`,
};

for (const [name, code] of Object.entries(WAITING)) {
  test(`a thread that waits for ${name} ends within a second`, linux(), async (context) => {
    const { worker, osThreadId, since } = await waitingThread(context, code);
    let ended = false;
    const exited = once(worker, 'exit').then(() => {
      ended = true;
    });
    // Told to end earlier, it would not start them.
    await untilThereAre(osThreadId, since);
    void worker.terminate();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const children = await untilThereAre(osThreadId, since);
    assert.equal(ended, false, 'without help it does not end');

    const startMs = performance.now();
    endProcessTrees(children);
    await exited;
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < 1000, `took ${tookMs} ms`);
    assert.deepEqual(childrenOfThread(osThreadId, since), []);
  });
}

test('a child from before, and one of another age, are left alone', linux(), async (context) => {
  const { osThreadId, since, worker } = await waitingThread(context, `execSync('sleep 100; true')`);
  const children = await untilThereAre(osThreadId, since);
  assert.equal(children.length, 1);
  assert.match(children[0]?.command ?? '', /sleep 100; true/);
  const laterMs = performance.timeOrigin + performance.now() + 60;
  assert.deepEqual(childrenOfThread(osThreadId, laterMs), []);
  void worker.terminate();
  endProcessTrees(children);
  await once(worker, 'exit');
});

async function waitingThread(
  context: TestContext,
  code: string,
): Promise<{ worker: Worker; osThreadId: number; since: number }> {
  const since = performance.timeOrigin + performance.now();
  const worker = new Worker(
    `const { execSync, execFileSync } = require('node:child_process');
     const self = require('node:fs').readlinkSync('/proc/thread-self');
     require('node:worker_threads').parentPort.postMessage(Number(self.split('/').at(-1)));
     ${code}`,
    { eval: true },
  );
  context.after(() => worker.terminate());
  const [osThreadId] = (await once(worker, 'message')) as [number];
  return { worker, osThreadId, since };
}

async function untilThereAre(
  osThreadId: number,
  since: number,
): Promise<ReturnType<typeof childrenOfThread>> {
  for (;;) {
    const children = childrenOfThread(osThreadId, since);
    // What is about to be replaced by its program has no name of its own yet.
    if (children.some(({ command }) => command.includes('sleep'))) return children;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function signalsFor(proc: ScriptedProc, pids: readonly number[]): string[] {
  const sent: string[] = [];
  const children = pids.map((pid) => ({ pid, command: '' }));
  endProcessTrees(children, procOf(proc), (pid, signal) => sent.push(`${signal} ${pid}`));
  return sent;
}

function linux(): { skip: string | false } {
  return { skip: process.platform === 'linux' ? false : 'there is no /proc here' };
}
