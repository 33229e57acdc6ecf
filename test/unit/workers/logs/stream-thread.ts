// Run as a process by process-streams.test.ts: a thread prints lines, then ends in some way.
//   argv: `worker` or `piscina`, then `terminate`, `exit`, `throw`, `reject`, `busy` or `return`
import { Console } from 'node:console';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { LineWriter } from '../../../../src/output/line-writer.ts';
import { installConsole } from '../../../../workers/logs/console-capture.ts';
import { toLine } from '../../../../workers/logs/log-format.ts';
import { installProcessStreams } from '../../../../workers/logs/process-streams.ts';

type Ending = 'terminate' | 'exit' | 'throw' | 'reject' | 'busy' | 'return';
type Setup = { readonly lock: SharedArrayBuffer; readonly ending: Ending };

/** More than a pipe holds (64 KiB), so that not everything can wait in the kernel. */
const ROUNDS = 1000;
const PADDING = '.'.repeat(100);

function print(): void {
  const own = new Console({ stdout: process.stdout, stderr: process.stderr });
  for (let round = 0; round < ROUNDS; round += 1) {
    process.stdout.write(`stream ${round} ${PADDING}\n`);
    console.log(`console ${round} ${PADDING}`);
    own.log(`own ${round} ${PADDING}`);
    process.stderr.write(`stderr ${round} ${PADDING}\n`);
  }
  console.table([{ a: 1 }]);
  console.dir({ dir: true });
  process.stdout.cork();
  process.stdout.write('corked ');
  process.stdout.write('68657861', 'hex');
  process.stdout.write(new Uint8Array([0x21, 0x0a]));
  process.stdout.uncork();
  process.stdout.write(`left ${process.stdout.writableLength} fd ${fdOf(process.stdout)}\n`);
}

const fdOf = (stream: object): unknown => (stream as { readonly fd?: unknown }).fd;

async function runThread({ lock, ending }: Setup): Promise<void> {
  const stdout = new LineWriter(1, lock, 2);
  installProcessStreams({ stdout, stderr: new LineWriter(2, lock, 2) });
  installConsole({
    setup: { format: 'TEXT', level: 'TRACE' },
    sink: { write: (record) => stdout.write(toLine(record)) },
    currentContext: () => ({ requestId: 'r-1', tenantId: undefined }),
  });
  await new Promise<void>((resolve) => process.stdout.write('called back\n', () => resolve()));
  print();
  const flag = new Int32Array(lock, 4, 1);
  Atomics.store(flag, 0, 1);
  if (ending === 'exit') process.exit(7);
  if (ending === 'throw') setImmediate(() => nothing());
  if (ending === 'reject') void Promise.reject(new Error('thrown on purpose'));
  if (ending === 'busy') for (;;) Atomics.load(flag, 0);
  if (ending !== 'return') await new Promise((resolve) => setTimeout(resolve, 60_000));
}

function nothing(): never {
  throw new Error('thrown on purpose');
}

async function main(): Promise<void> {
  const [, , host, ending] = process.argv;
  const lock = new SharedArrayBuffer(8);
  const setup: Setup = { lock, ending: ending as Ending };
  const stop =
    host === 'piscina'
      ? startPiscina(setup)
      : startWorker(new Worker(new URL(import.meta.url), { workerData: setup }));
  if (ending === 'terminate' || ending === 'busy') {
    const flag = new Int32Array(lock, 4, 1);
    while (Atomics.load(flag, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await stop();
  }
}

function startWorker(worker: Worker): () => Promise<unknown> {
  worker.on('error', () => undefined);
  return () => worker.terminate();
}

function startPiscina(setup: Setup): () => Promise<unknown> {
  const pool = new Piscina({ maxThreads: 1, minThreads: 1, filename: import.meta.url });
  pool.on('error', () => undefined);
  pool
    .run(setup)
    .catch(() => undefined)
    .finally(() => pool.destroy());
  return () => pool.destroy();
}

// biome-ignore lint/style/noDefaultExport: Piscina calls the default export.
export default runThread;

if (isMainThread) await main();
else if (workerData?.lock !== undefined) await runThread(workerData as Setup);
