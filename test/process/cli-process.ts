// The command `bulkhead` as a child process, for the tests of the command line.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const CLI: string = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
export const PROJECT: string = fileURLToPath(new URL('../..', import.meta.url));

export type CliOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly nodeArgs?: readonly string[];
};

export type CliEnd = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliEnd> {
  const child = spawnCli(args, options);
  child.stdin?.end(options.input ?? '');
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, ...output };
}

/** A command that goes on until it is told to stop. */
export class RunningCli {
  readonly child: ChildProcess;
  #output = '';
  #waiters: (() => void)[] = [];

  constructor(t: TestContext, args: readonly string[], options: CliOptions = {}) {
    this.child = spawnCli(args, options);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        for (const wake of this.#waiters.splice(0)) wake();
      });
    }
    this.child.once('exit', () => {
      for (const wake of this.#waiters.splice(0)) wake();
    });
    t.after(() => this.stop());
  }

  /** What was written up to now, to both streams. */
  get output(): string {
    return this.#output;
  }

  /** Waits until the output matches; rejects when the command has ended without. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`Cannot find ${pattern} in:\n${this.#output}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.push(resolve);
      await promise;
    }
  }

  /** Ends it as Ctrl-C does and gives the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }
}

/** A folder with these files, gone after the test. */
export async function makeFolder(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-cli-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

function spawnCli(args: readonly string[], options: CliOptions): ChildProcess {
  // The test runner's own variable would make the runtime report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawn(process.execPath, [...(options.nodeArgs ?? []), CLI, ...args], {
    cwd: options.cwd ?? PROJECT,
    env: { ...env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
