// One promise to a function, and how a list of them becomes tests.
import { test } from 'node:test';

import { Caller, type FunctionOptions, type Host } from './host.ts';

export type Scenario = {
  /** A sentence. */
  readonly name: string;
  /** `file.export` below test/. */
  readonly handler: string;
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: `bulkhead start` is what the host starts. */
  readonly isGuarded?: boolean;
  readonly run: (caller: Caller) => Promise<void>;
};

/** A reply or a line that never comes is a failure, not a wait without end. */
const TEST_MS_MAX = 60_000;
const TIMEOUT_MS = 10_000;
const MEMORY_MB = 256;

/** Each scenario has a function of its own; what one does to it, no other sees. */
export function testScenarios(host: Host, scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios) {
    test(`${host.name}: ${scenario.name}`, { timeout: TEST_MS_MAX }, async (t) => {
      const options: FunctionOptions = {
        handler: scenario.handler,
        timeoutMs: scenario.timeoutMs ?? TIMEOUT_MS,
        memoryMb: scenario.memoryMb ?? MEMORY_MB,
        env: scenario.env ?? {},
        isGuarded: scenario.isGuarded ?? false,
      };
      const hosted = await host.start(options);
      t.after(() => hosted.close());
      await scenario.run(new Caller(host, options, hosted));
    });
  }
}
