// Ties the runtime's process to the environment: its output, its death, the connections it leaves.
import { setImmediate as turn } from 'node:timers/promises';

import { RETIRE_MS } from './emulator-limits.ts';
import type { EmulatorConfig, LogEntry } from './emulator-options.ts';
import type { RuntimeControl } from './runtime-control.ts';
import { toLogStream, toRuntimeCommand, toRuntimeEnv } from './runtime-environment.ts';
import { type RuntimeExit, RuntimeProcess } from './runtime-process.ts';

export type ManagedRuntimeOptions = {
  readonly config: EmulatorConfig;
  /** Known only once the server listens. */
  readonly runtimeApi: () => string;
  readonly dropConnections: () => void;
  readonly onLine: (line: string, source: LogEntry['source']) => void;
  readonly onExit: (exit: RuntimeExit) => void;
};

export class ManagedRuntime implements RuntimeControl {
  readonly #process: RuntimeProcess | undefined;
  readonly #dropConnections: () => void;

  constructor(options: ManagedRuntimeOptions) {
    const { config } = options;
    const command = toRuntimeCommand(config);
    const logStream = toLogStream();
    this.#dropConnections = options.dropConnections;
    if (command === undefined) return;
    this.#process = new RuntimeProcess({
      command,
      cwd: config.root,
      env: () => toRuntimeEnv(config, options.runtimeApi(), logStream),
      onLine: options.onLine,
      onExit: (exit) => {
        // A poll of the dead process must not get the next event.
        this.#dropConnections();
        options.onExit(exit);
      },
    });
  }

  get isManaged(): boolean {
    return this.#process !== undefined;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get restartCount(): number {
    return Math.max(0, (this.#process?.startCount ?? 0) - 1);
  }

  start(): void {
    this.#process?.start();
  }

  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  async kill(): Promise<void> {
    await this.#end((process) => process.kill());
  }

  async retire(): Promise<void> {
    await this.#end((process) => process.retire(RETIRE_MS));
  }

  async stop(): Promise<void> {
    await this.#end((process) => process.stop());
  }

  async outputRead(): Promise<void> {
    if (this.#process === undefined) return;
    // What was written before a request reached us is readable now: one turn reads it, one more
    // covers a pipe that is looked at before the socket.
    await turn();
    await turn();
  }

  async #end(how: (process: RuntimeProcess) => Promise<void>): Promise<void> {
    if (this.#process?.isRunning !== true) return;
    await how(this.#process);
    this.#dropConnections();
  }
}
