// Run as a process by frame-writer.test.ts, with a pipe as descriptor 3: threads write frames of
// all sizes at the same time as the main thread, which never waits.
//   argv: threads, frames of each, then `terminate` to have one ended in the middle of a frame
import { setTimeout as wait } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { FRAME_LOCK_BYTES, FrameWriter } from '../../../src/output/frame-writer.ts';
import { releaseFor } from '../../../src/output/line-writer.ts';
import { encodeFrame } from '../../../src/output/log-frame.ts';
import { openLogTarget } from '../../../src/output/log-target.ts';

type Setup = {
  readonly lock: SharedArrayBuffer;
  readonly owner: number;
  readonly frames: number;
  /** None fits into the pipe: the first one is torn for certain while nobody reads. */
  readonly areLong: boolean;
};

const FD = 3;
const SUPERVISOR = 1;
const FREE = 0;
/** More than a pipe holds, and a reader takes from it before it is asked to. */
const LONG = 400_000;
/** From less than a header to more than a pipe holds; most are longer than PIPE_BUF. */
const SIZES = [0, 10, 5_000, 4_080, 20_000, 3, 100_000, 4_096];

function frameOf(owner: number, index: number, areLong: boolean): Buffer {
  const padding = '.'.repeat(areLong ? LONG : (SIZES[index % SIZES.length] ?? 0));
  const message = `${owner} ${index} ${padding}\n`;
  return encodeFrame({ format: 'TEXT', level: 'INFO', timeEpochMs: index, message });
}

function writeFrames({ lock, owner, frames, areLong }: Setup): void {
  const writer = new FrameWriter(FD, lock, owner);
  for (let index = 0; index < frames; index += 1) writer.write(frameOf(owner, index, areLong));
}

async function main(): Promise<void> {
  const [threads = '1', frames = '1', mode] = process.argv.slice(2);
  const { target } = await openLogTarget({ _LAMBDA_TELEMETRY_LOG_FD: String(FD) }, false);
  const lock = target?.lock ?? new SharedArrayBuffer(FRAME_LOCK_BYTES);
  let running = Number(threads);
  const workers = Array.from({ length: running }, (_, index) => {
    const areLong = mode === 'terminate';
    const setup: Setup = { lock, owner: index + 2, frames: Number(frames), areLong };
    const worker = new Worker(new URL(import.meta.url), { workerData: setup });
    worker.on('exit', () => {
      releaseFor(lock, setup.owner);
      running -= 1;
    });
    return worker;
  });
  const supervisor = new FrameWriter(FD, lock, SUPERVISOR, { tryMs: 5 });
  if (mode === 'terminate') await terminateOne(workers, new Int32Array(lock, 0, 3));
  let index = 0;
  let longestMs = 0;
  while (running > 0) {
    const startedAtMs = performance.now();
    supervisor.write(frameOf(SUPERVISOR, index, false));
    longestMs = Math.max(longestMs, performance.now() - startedAtMs);
    index += 1;
    await wait(20);
  }
  while (supervisor.backlogBytes > 0 && !supervisor.isClosed) {
    supervisor.flush();
    await wait(5);
  }
  // Whoever looks at a machine that is busy otherwise: far more than 5 ms, far less than a hang.
  process.exit(longestMs < 1000 ? 0 : 1);
}

/** One that has written a part of a frame, and waits for the reader. */
async function terminateOne(workers: readonly Worker[], words: Int32Array): Promise<void> {
  while (words[0] === FREE || words[1] === 0) await new Promise((resolve) => setImmediate(resolve));
  await workers[(words[0] ?? 0) - 2]?.terminate();
  process.stdout.write('ended\n');
}

if (isMainThread) await main();
else writeFrames(workerData as Setup);
