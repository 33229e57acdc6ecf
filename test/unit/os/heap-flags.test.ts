import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FLAGS = fileURLToPath(new URL('../../../src/os/heap-flags.ts', import.meta.url));

/** Heap limits of the main thread and of a worker of 64 MB, in MB, in a process of its own. */
function limitsWith(options: { env?: string; argv?: string[]; isFreed?: boolean }): number[] {
  const { env = '', argv = [], isFreed = true } = options;
  const script = `
    import { Worker } from 'node:worker_threads';
    import { getHeapStatistics } from 'node:v8';
    import { letThreadLimitsCount } from ${JSON.stringify(FLAGS)};
    if (${isFreed}) letThreadLimitsCount();
    const worker = new Worker(
      'const { parentPort } = process.getBuiltinModule("node:worker_threads");' +
        'const { getHeapStatistics } = process.getBuiltinModule("node:v8");' +
        'parentPort.postMessage(getHeapStatistics().heap_size_limit);',
      { eval: true, resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 } },
    );
    worker.on('message', (bytes) => {
      const all = [getHeapStatistics().heap_size_limit, bytes];
      console.log(JSON.stringify(all.map((one) => Math.round(one / 1024 / 1024))));
    });`;
  return runScript(script, argv, env);
}

/** The numbers that a script in a process of its own tells. */
function runScript(script: string, argv: readonly string[] = [], env = ''): number[] {
  const flags = [...argv, '--experimental-strip-types', '--no-warnings', '--input-type=module'];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: env },
  });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as number[];
}

const PLAIN = limitsWith({ isFreed: false })[1];

test('an option of Node beats the limit of a thread', () => {
  const [, worker] = limitsWith({ env: '--max-old-space-size=1024', isFreed: false });
  assert.ok((worker ?? 0) > 1000, `${worker} MB`);
});

for (const env of [
  '--max-old-space-size=1024',
  '--max_old_space_size=1024',
  '--max-semi-space-size=64',
  '--max-old-space-size=1024 --max-semi-space-size=64',
]) {
  test(`NODE_OPTIONS=${env} leaves the limit of a thread as it is`, () => {
    const [main, worker] = limitsWith({ env });
    assert.equal(worker, PLAIN);
    assert.ok((main ?? 0) > 1000, `the main thread keeps its ${main} MB`);
  });
}

test("Node's command line leaves the limit of a thread as it is", () => {
  assert.equal(limitsWith({ argv: ['--max-old-space-size=1024'] })[1], PLAIN);
  assert.equal(limitsWith({ argv: ['--max-heap-size=1024'] })[1], PLAIN);
});

test('while it is on, collections are full ones', () => {
  const [before = 10, meanwhile = 0, after = 10] = fullOnesOfTen();
  assert.ok(before <= 1 && meanwhile >= 9 && after <= 1, `${before}, ${meanwhile} and ${after}`);
});

/** How many of ten collections of short-lived objects are full ones, before, while and after it is
 * on. In a process of its own, in which V8 does not begin full ones for other reasons. */
function fullOnesOfTen(): number[] {
  const script = `
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    import { collectFully } from ${JSON.stringify(FLAGS)};
    const countFullOnes = async () => {
      const kinds = [];
      const observer = new PerformanceObserver((list) => {
        for (const { detail } of list.getEntries()) kinds.push(detail.kind);
      });
      observer.observe({ entryTypes: ['gc'] });
      while (kinds.length < 10) {
        Array.from({ length: 100_000 }, (_, n) => ({ n }));
        await new Promise((resolve) => setImmediate(resolve));
      }
      observer.disconnect();
      const isFull = (kind) => kind === constants.NODE_PERFORMANCE_GC_MAJOR;
      return kinds.slice(0, 10).filter(isFull).length;
    };
    const counts = [await countFullOnes()];
    collectFully(true);
    counts.push(await countFullOnes());
    collectFully(false);
    counts.push(await countFullOnes());
    console.log(JSON.stringify(counts));`;
  return runScript(script, ['--no-incremental-marking', '--initial-old-space-size=512']);
}
