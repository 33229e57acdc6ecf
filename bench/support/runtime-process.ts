// One runtime under measurement: its own server, its process, and its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ApiServer } from './api-server.ts';
import { nowUs } from './loop-run.ts';
import { runtimeEnvironment, type Variant } from './variants.ts';

export type RuntimeProcess = {
  readonly api: ApiServer;
  readonly pid: number;
  readonly spawnedUs: number;
  /** Asks the process to end, and waits until it has. */
  readonly end: () => Promise<void>;
  /** Ends the process, waits until it is gone, and closes the server. */
  readonly stop: () => Promise<void>;
};

export type StartOptions = {
  readonly node: string;
  readonly variant: Variant;
  /** The whole life of the process; past it the run fails instead of hanging. */
  readonly lifeMsMax: number;
  /** Gets each line that the process writes to stderr. */
  readonly onLine?: (line: string) => void;
};

const OUTPUT_CHARACTERS_MAX = 4000;

/** Starts the runtime of `variant`; the server's poll and answer times tell the rest. */
export async function startRuntime(options: StartOptions): Promise<RuntimeProcess> {
  const { node, variant, lifeMsMax } = options;
  const api = await ApiServer.listen();
  const env = runtimeEnvironment(variant, api.address);
  const spawnedUs = nowUs();
  const child = spawn(node, variant.argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = tailOf(child);
  if (options.onLine !== undefined && child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', options.onLine);
  }
  const fail = (what: string): void =>
    api.fail(new Error(`Cannot measure "${variant.title}": ${what}\n${output()}`));
  const timer = setTimeout(() => fail(`it took more than ${lifeMsMax} ms`), lifeMsMax);
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      fail(error.message);
      resolve();
    });
    child.once('exit', (code, signal) => {
      fail(`it ended with ${signal ?? `exit code ${code}`}`);
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await ended;
    api.close();
  };
  const end = (): Promise<void> => {
    child.kill('SIGTERM');
    return ended;
  };
  return { api, pid: child.pid ?? 0, spawnedUs, end, stop };
}

/** Keeps the last of what a runtime wrote: the reason, should it fail. */
function tailOf(child: ChildProcess): () => string {
  let text = '';
  const keep = (piece: Buffer): void => {
    text = (text + piece.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}
