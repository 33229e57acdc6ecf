// Other processes that keep processors busy: timing is tested on a machine that is not idle.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

const SPIN = 'process.stdout.write("spins"); for (;;);';

/** `all`: one process for each core; else as many as the number says. Resolves when all spin. */
export async function loadProcessors(
  load: string,
): Promise<{ readonly count: number; stop(): void }> {
  const count = load === 'all' ? availableParallelism() : toCount(load);
  const spinners = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', SPIN], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const stop = (): void => {
    for (const spinner of spinners) spinner.kill('SIGKILL');
  };
  process.once('exit', stop);
  await Promise.all(spinners.map(untilSpinning));
  return { count, stop };
}

async function untilSpinning({ stdout }: ChildProcess): Promise<void> {
  if (stdout !== null) await once(stdout, 'data');
}

function toCount(load: string): number {
  if (/^\d{1,3}$/.test(load)) return Number(load);
  throw new Error(`Cannot use --load ${load}: it accepts "all" or a number of processes`);
}
