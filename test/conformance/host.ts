// What a scenario may use of an emulator of Lambda: one function, called by HTTP, and its log.
// The two hosts differ on purpose in what is not here: only bodies and the log are common to both.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { GUARDIAN } from '../support/guardian.ts';
import type { Transcript } from '../support/transcript.ts';

export type FunctionOptions = {
  /** `file.export` below test/. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly env: Readonly<Record<string, string>>;
  /** The guardian is what the host starts. */
  readonly isGuarded: boolean;
};

export type Reply = {
  readonly text: string;
  /** From the request to the end of the reply. */
  readonly elapsedMs: number;
};

export type HostedFunction = {
  /** Where POST requests are invocations. */
  readonly url: string;
  /** Everything that the function and its runtime have written. */
  readonly output: Transcript;
  /** Resolves when nothing of the host runs any more. */
  readonly close: () => Promise<void>;
};

export type Host = {
  readonly name: string;
  /** Real Lambda refuses an event that is not JSON; AWS's emulator hands it to the function. */
  readonly refusesBadJson: boolean;
  readonly start: (options: FunctionOptions) => Promise<HostedFunction>;
};

/** The folder of the functions' code: test/. */
export const ROOT: string = fileURLToPath(new URL('..', import.meta.url));
/** What `npm run build` has made. */
const MAIN: string = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

export function toCommand({
  handler,
  isGuarded,
}: Pick<FunctionOptions, 'handler' | 'isGuarded'>): readonly [string, ...string[]] {
  return isGuarded ? [GUARDIAN, handler] : [process.execPath, MAIN, 'start', handler];
}

/** The environment of the function; the guardian looks for Node.js there. */
export function toEnv({ env, isGuarded }: FunctionOptions): Readonly<Record<string, string>> {
  return isGuarded ? { NODE: process.execPath, ...env } : env;
}

/** A function as scenarios see it. */
export class Caller {
  readonly host: Host;
  readonly options: FunctionOptions;
  readonly #hosted: HostedFunction;

  constructor(host: Host, options: FunctionOptions, hosted: HostedFunction) {
    this.host = host;
    this.options = options;
    this.#hosted = hosted;
  }

  get output(): Transcript {
    return this.#hosted.output;
  }

  /** Sends a body as it is. */
  async send(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const startedAtMs = performance.now();
    const reply = await fetch(this.#hosted.url, {
      method: 'POST',
      body: Buffer.from(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
    const text = await reply.text();
    return { text, elapsedMs: performance.now() - startedAtMs };
  }

  /** Sends an event as JSON and gives the body of the reply, parsed. */
  async invoke<Result>(event: unknown, headers?: Record<string, string>): Promise<Result> {
    const { text } = await this.send(JSON.stringify(event), headers);
    try {
      return JSON.parse(text) as Result;
    } catch (cause) {
      throw new Error(`Cannot parse the reply "${text.slice(0, 200)}": ${this.output.text}`, {
        cause,
      });
    }
  }

  /** A call that the fixtures answer with the id of their process, whatever they do otherwise. */
  async pid(): Promise<number> {
    const { pid } = await this.invoke<{ pid?: unknown }>({ ok: true });
    assert.ok(typeof pid === 'number', `the function is not well:\n${this.output.text}`);
    return pid;
  }
}
