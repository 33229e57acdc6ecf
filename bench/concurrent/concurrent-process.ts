// One runtime that takes several events at once: its own server, its process, and its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { ConcurrentServer } from '../support/concurrent-server.ts';
import { nowUs } from '../support/loop-run.ts';
import { readProcessStats } from '../support/process-stats.ts';
import { runtimeEnvironment, type Variant } from '../support/variants.ts';

export type ConcurrentProcess = {
  readonly variant: Variant;
  readonly server: ConcurrentServer;
  readonly pid: number;
  /** Ends the process, waits until it is gone, and closes the server. */
  readonly stop: () => Promise<void>;
};

export type SpawnedRuntime = {
  readonly pid: number;
  /** How it ended, in words, with the last of what it wrote. */
  readonly ended: Promise<string>;
  readonly kill: () => Promise<void>;
};

const OUTPUT_CHARACTERS_MAX = 4000;
const LOOK_MS = 100;
/** Of a look: with less processor time the runtime has nothing more to start. */
const IDLE_US_MAX = 4000;
const READY_MS_MAX = 60_000;

/** Starts a runtime and its server; should the process end by itself, the server fails. */
export async function startConcurrent(node: string, variant: Variant): Promise<ConcurrentProcess> {
  const server = await ConcurrentServer.listen();
  const { pid, ended, kill } = spawnRuntime(node, variant, server);
  void ended.then((how) =>
    server.fail(new Error(`Cannot measure "${variant.title}": it ended with ${how}`)),
  );
  const stop = async (): Promise<void> => {
    await kill();
    server.close();
  };
  try {
    await Promise.race([untilReady(server, pid), server.failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { variant, server, pid, stop };
}

export function spawnRuntime(
  node: string,
  variant: Variant,
  server: ConcurrentServer,
): SpawnedRuntime {
  const env = { ...runtimeEnvironment(variant, server.address), NODE: node };
  const child = spawn(variant.program ?? node, variant.argv, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = tailOf(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(`${signal ?? `exit code ${code}`}\n${output()}`.trim()),
    );
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { pid: child.pid ?? 0, ended, kill };
}

/** Settles when something is parked and the process no longer works on its start. */
export async function untilReady(server: ConcurrentServer, pid: number): Promise<void> {
  const startUs = nowUs();
  let beforeUs = cpuUsOf(pid);
  for (;;) {
    await delay(LOOK_MS);
    const cpuUs = cpuUsOf(pid);
    if (server.parked > 0 && cpuUs - beforeUs < IDLE_US_MAX) return;
    beforeUs = cpuUs;
    if (nowUs() - startUs > READY_MS_MAX * 1000) {
      throw new Error(`Cannot measure: not ready after ${READY_MS_MAX} ms`);
    }
  }
}

/** Of a process that may be gone: then its end is what is reported. */
function cpuUsOf(pid: number): number {
  try {
    return readProcessStats(pid).cpuUs;
  } catch {
    return 0;
  }
}

function tailOf(child: ChildProcess): () => string {
  let text = '';
  const keep = (piece: Buffer): void => {
    text = (text + piece.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}
