// Run as a process by line-writer.test.ts: threads that write long lines to the same descriptor.
//   argv: number of threads, lines per thread, then any of `blocking` and `terminate`
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { LineWriter, releaseFor } from '../../../src/output/line-writer.ts';

/** Longer than what a pipe takes in one piece (PIPE_BUF, 4096 bytes). */
const LINE_CHARS = 20_000;
const SUPERVISOR = 1;
const TRY_MS = 5;

type Setup = { readonly lock: SharedArrayBuffer; readonly owner: number; readonly lines: number };

type Thread = {
  readonly owner: number;
  readonly worker: Worker;
  readonly ended: Promise<unknown>;
};

function writeLines({ lock, owner, lines }: Setup): void {
  const writer = new LineWriter(1, lock, owner);
  const letter = String.fromCharCode('a'.charCodeAt(0) + owner);
  for (let line = 0; line < lines; line += 1) {
    writer.write(`${owner} ${line} ${letter.repeat(LINE_CHARS)}\n`);
  }
}

/** So that the thread is ended in the middle of a line; unless it was too fast and is done. */
async function untilHeldBy(lock: SharedArrayBuffer, { owner, ended }: Thread): Promise<void> {
  const word = new Int32Array(lock);
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver && Atomics.load(word, 0) !== owner) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function main(): Promise<void> {
  const [threads = '1', lines = '1', ...modes] = process.argv.slice(2);
  const lock = new SharedArrayBuffer(4);
  // Node makes a pipe non-blocking as soon as the main thread's process.stdout is there, which a
  // Worker sees to unless it keeps its output to itself.
  const stdout = modes.includes('blocking');
  const owners = Array.from({ length: Number(threads) }, (_, index) => index + 2);
  const workers = owners.map((owner): Thread => {
    const workerData: Setup = { lock, owner, lines: Number(lines) };
    const worker = new Worker(new URL(import.meta.url), { workerData, stdout, stderr: stdout });
    const ended = new Promise((resolve) => worker.on('exit', resolve));
    return { owner, worker, ended };
  });
  const [first, ...others] = workers;
  if (modes.includes('terminate') && first !== undefined) {
    await untilHeldBy(lock, first);
    await first.worker.terminate();
    if (releaseFor(lock, first.owner)) new LineWriter(1, lock, SUPERVISOR).write('\n');
  }
  await Promise.all([first, ...others].map((thread) => thread?.ended));
  const supervisor = new LineWriter(1, lock, SUPERVISOR, { tryMs: TRY_MS });
  const startedAtMs = performance.now();
  supervisor.write('done\n');
  process.exitCode = performance.now() - startedAtMs < 1000 ? 0 : 1;
  while (supervisor.backlogBytes > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    supervisor.flush();
  }
}

if (isMainThread) await main();
else writeLines(workerData as Setup);
