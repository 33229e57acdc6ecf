// `bulkhead start` as a child process of the test itself: its exit code and both of its streams are
// in the test's hand, which an emulator that manages the runtime keeps to itself.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { GUARDIAN } from './guardian.ts';
import { openPipe } from './pipe.ts';

export const HANDLERS: string = fileURLToPath(new URL('../fixtures/handlers', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

export type ChildOptions = {
  /** HANDLER of the command line; undefined: none is given. */
  readonly handler?: string | undefined;
  /** `AWS_LAMBDA_RUNTIME_API`; undefined: not set. */
  readonly runtimeApi?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** stdout is a pipe, as in Lambda; what Node makes for its children are socket pairs, which take
   * long lines in other pieces. */
  readonly isPiped?: boolean;
  /** What the process finds as its descriptor 3. */
  readonly thirdFd?: number;
  /** The guardian is what is started. */
  readonly isGuarded?: boolean;
};

export type ChildEnd = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly endedAtMs: number;
};

export class RuntimeChild {
  readonly child: ChildProcess;
  /** Resolves when the process is gone and all its output has been read. */
  readonly ended: Promise<ChildEnd>;
  readonly startedAtMs: number = performance.now();
  /** Where stdout is read, for readers that are slow. */
  readonly output: Readable;
  stdout = '';
  stderr = '';
  #isEnded = false;
  readonly #waiters = new Set<() => void>();

  constructor(context: TestContext, options: ChildOptions) {
    const args = options.handler === undefined ? [] : [options.handler];
    const pipe = options.isPiped === true ? openPipe() : undefined;
    const [program, ...words] = options.isGuarded ? [GUARDIAN] : [process.execPath, CLI, 'start'];
    this.child = spawn(program ?? '', [...words, ...args], {
      cwd: HANDLERS,
      env: { ...ownEnv(), ...nodeEnv(options), ...apiEnv(options), ...options.env },
      stdio: ['ignore', pipe?.writeFd ?? 'pipe', 'pipe', options.thirdFd ?? 'ignore'],
    });
    if (pipe !== undefined) closeSync(pipe.writeFd);
    const { stderr } = this.child;
    const stdout = pipe?.reader ?? this.child.stdout;
    assert(stdout !== null && stderr !== null, 'both streams are piped');
    this.output = stdout;
    this.#collect('stdout', stdout);
    this.#collect('stderr', stderr);
    this.ended = this.#end(stdout);
    context.after(() => this.child.kill('SIGKILL'));
  }

  /** Lines that have come to stdout up to now. */
  get lines(): readonly string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  /** The supervisor's own log up to now. */
  get events(): readonly Record<string, unknown>[] {
    const lines = this.stderr.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Resolves when the condition holds; looks again at each piece of output. */
  async until(condition: (child: RuntimeChild) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.#isEnded) throw new Error(`Cannot go on, it has ended:\n${this.text}`);
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  /** Rejects when the process ends; to race against what it is to do before. */
  async failure(): Promise<never> {
    const { exitCode, signal } = await this.ended;
    throw new Error(`Cannot go on, it has ended with ${exitCode ?? signal}:\n${this.text}`);
  }

  /** Both streams, for the message of an assertion. */
  get text(): string {
    return `--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`;
  }

  #collect(name: 'stdout' | 'stderr', stream: Readable): void {
    stream.setEncoding('utf8').on('data', (text: string) => {
      this[name] += text;
      this.#wake();
    });
  }

  async #end(stdout: Readable): Promise<ChildEnd> {
    let endedAtMs = 0;
    this.child.once('exit', () => {
      endedAtMs = performance.now();
    });
    const [[exitCode, signal]] = await Promise.all([
      once(this.child, 'close'),
      once(stdout, 'close'),
    ]);
    this.#isEnded = true;
    this.#wake();
    return { exitCode, signal, endedAtMs };
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}

/** Without what would make the child another runtime than the one that the test describes. */
function ownEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(BULKHEAD_|AWS_LAMBDA_|LAMBDA_|_HANDLER$|NODE_TEST_CONTEXT$)/.test(name),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}

/** Where the guardian finds Node.js. */
function nodeEnv({ isGuarded }: ChildOptions): Record<string, string> {
  return isGuarded === true ? { NODE: process.execPath } : {};
}

function apiEnv({ runtimeApi }: ChildOptions): Record<string, string> {
  return runtimeApi === undefined ? {} : { AWS_LAMBDA_RUNTIME_API: runtimeApi };
}
