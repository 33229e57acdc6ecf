// The runtime under the emulator's care: a child process in a process group of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import { LOG_LINE_CHARS_MAX, OUTPUT_DRAIN_MS_MAX, SHUTDOWN_GRACE_MS } from './emulator-limits.ts';
import { guardGroup, killGroup, releaseGroup } from './process-groups.ts';

export type OutputSource = 'stdout' | 'stderr';

/** Why the runtime is gone, in the platform's words. */
export type RuntimeExit = { readonly errorType: string; readonly reason: string };

export type RuntimeProcessOptions = {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: () => Readonly<Record<string, string>>;
  readonly onLine: (line: string, source: OutputSource) => void;
  /** The process ended although nobody here asked it to. */
  readonly onExit: (exit: RuntimeExit) => void;
};

type Running = { readonly child: ChildProcess; readonly gone: Promise<void>; isWanted: boolean };

export class RuntimeProcess {
  readonly #options: RuntimeProcessOptions;
  #running: Running | undefined;
  #startCount = 0;

  constructor(options: RuntimeProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get startCount(): number {
    return this.#startCount;
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#startCount += 1;
    const [program = '', ...args] = this.#options.command;
    const child = spawn(program, args, {
      cwd: this.#options.cwd,
      env: this.#options.env(),
      // A group of its own: what the runtime has started dies with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) guardGroup(child.pid);
    this.#forwardLines(child, 'stdout');
    this.#forwardLines(child, 'stderr');
    const running: Running = { child, gone: this.#watch(child), isWanted: true };
    this.#running = running;
  }

  /** For the whole group. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    killGroup(this.#running?.child.pid, name);
  }

  /** SIGKILL for the whole group; resolves when the process is gone. */
  async kill(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.isWanted = false;
    killGroup(running.child.pid, 'SIGKILL');
    await running.gone;
  }

  /** SIGTERM, some time to comply, then SIGKILL; resolves when the process is gone. */
  async stop(): Promise<void> {
    killGroup(this.#running?.child.pid, 'SIGTERM');
    // Who stands still hears nothing.
    this.signal('SIGCONT');
    await this.retire(SHUTDOWN_GRACE_MS);
  }

  /** Waits for the process to end by itself, then SIGKILL; resolves when it is gone. */
  async retire(graceMs: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.isWanted = false;
    const patience = new AbortController();
    const timer = sleep(graceMs, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([running.gone, timer]);
    patience.abort();
    await this.kill();
  }

  #watch(child: ChildProcess): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isOver = false;
    const finish = (exit: RuntimeExit): void => {
      if (isOver) return;
      isOver = true;
      const wasWanted = this.#running?.child === child && this.#running.isWanted;
      if (this.#running?.child === child) this.#running = undefined;
      if (child.pid !== undefined) releaseGroup(child.pid);
      if (wasWanted) this.#options.onExit(exit);
      resolve();
    };
    child.on('error', (error) => {
      // Also emitted for failed signals; only a program that never started has no pid.
      if (child.pid !== undefined) return;
      finish({ errorType: 'Runtime.InvalidEntrypoint', reason: error.message });
    });
    child.on('exit', (status, signal) => {
      // Whatever the runtime left behind in its group ends with it.
      killGroup(child.pid, 'SIGKILL');
      const exit = { errorType: 'Runtime.ExitError', reason: toReason(status, signal) };
      const isDrained = new Promise<void>((drained) => child.once('close', () => drained()));
      const patience = new AbortController();
      const timer = sleep(OUTPUT_DRAIN_MS_MAX, undefined, { signal: patience.signal });
      void Promise.race([isDrained, timer.catch(() => {})]).then(() => {
        patience.abort();
        // Two turns of the event loop: what the process sent before its end is heard first.
        setImmediate(() => setImmediate(() => finish(exit)));
      });
    });
    return promise;
  }

  #forwardLines(child: ChildProcess, source: OutputSource): void {
    const stream = child[source];
    if (stream === null) return;
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#options.onLine(line, source);
      while (rest.length > LOG_LINE_CHARS_MAX) {
        this.#options.onLine(rest.slice(0, LOG_LINE_CHARS_MAX), source);
        rest = rest.slice(LOG_LINE_CHARS_MAX);
      }
    });
    stream.on('end', () => {
      if (rest !== '') this.#options.onLine(rest, source);
    });
  }
}

const SIGNAL_WORDS: { readonly [signal: string]: string } = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGBUS: 'bus error',
  SIGILL: 'illegal instruction',
  SIGFPE: 'floating point exception',
  SIGTRAP: 'trace/breakpoint trap',
  SIGINT: 'interrupt',
  SIGHUP: 'hangup',
  SIGQUIT: 'quit',
  SIGPIPE: 'broken pipe',
};

function toReason(status: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) {
    const word = SIGNAL_WORDS[signal] ?? signal.toLowerCase();
    return `Runtime exited with error: signal: ${word}`;
  }
  if (status === 0) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: exit status ${status}`;
}
