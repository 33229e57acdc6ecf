// A program that runs beside a test: its output as it comes, and an end that leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { Transcript } from './transcript.ts';

export type ProcessOptions = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** How long a program may take to end after SIGTERM, ms. */
const GRACE_MS = 5000;

export class RunningProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  /** What was written up to now, to both streams. */
  readonly output: Transcript = new Transcript();
  #isClosed = false;

  constructor(command: readonly [string, ...string[]], options: ProcessOptions) {
    // The test runner's own variable would make a Node.js program report to it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const [program, ...args] = command;
    this.#child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that one signal reaches all that it has started in it.
      detached: true,
    });
    this.#closed = once(this.#child, 'close').finally(() => {
      this.#isClosed = true;
      this.output.end();
    });
    // A program that cannot be started says so in its output.
    this.#closed.catch((error: Error) => this.output.append(String(error)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.output.append(text));
    }
  }

  get isRunning(): boolean {
    return !this.#isClosed;
  }

  /** Ends the program and its group; resolves when its output has been closed. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM', this.#child.pid);
    const killer = setTimeout(() => this.#signalGroup('SIGKILL'), GRACE_MS);
    await this.#closed.catch(() => {});
    clearTimeout(killer);
    this.#signalGroup('SIGKILL');
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#child.pid !== undefined) this.#signal(signal, -this.#child.pid);
  }

  #signal(signal: NodeJS.Signals, pid: number | undefined): void {
    if (pid === undefined) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It has gone by itself, which is what was wanted.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
