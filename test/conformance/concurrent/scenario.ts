// One promise to a function that takes several events at once, and how a list becomes tests.
import { test } from 'node:test';

import { Gate } from './gate.ts';
import { SharedCaller, type SharedHost, type SharedOptions } from './host.ts';

export type SharedScenario = {
  /** A sentence. */
  readonly name: string;
  /** Export of handlers/concurrent.mjs; default `handler`. */
  readonly handler?: string;
  readonly concurrency: number;
  /** Default 2, so that threads have neighbours; null: as many as the runtime chooses. */
  readonly threadCount?: number | null;
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: for all hosts. */
  readonly isFor?: (host: SharedHost) => boolean;
  readonly run: (caller: SharedCaller) => Promise<void>;
};

/** A reply, or a guest at the gate, that never comes is a failure, not a wait without end. */
const TEST_MS_MAX = 60_000;
/** Whole seconds: AWS's emulator takes no other timeout. */
const TIMEOUT_MS = 30_000;
const MEMORY_MB = 1024;
const THREADS = 2;

/** Each scenario has a function of its own; what one does to it, no other sees. */
export function testSharedScenarios(host: SharedHost, scenarios: readonly SharedScenario[]): void {
  for (const scenario of scenarios) {
    if (scenario.isFor?.(host) === false) continue;
    test(`${host.name}: ${scenario.name}`, { timeout: TEST_MS_MAX }, async (t) => {
      const { threadCount = THREADS } = scenario;
      const options: SharedOptions = {
        handler: `conformance/handlers/concurrent.${scenario.handler ?? 'handler'}`,
        concurrency: scenario.concurrency,
        threadCount: threadCount ?? undefined,
        timeoutMs: scenario.timeoutMs ?? TIMEOUT_MS,
        memoryMb: scenario.memoryMb ?? MEMORY_MB,
        env: scenario.env ?? {},
      };
      const gate = await Gate.open();
      t.after(() => gate.close());
      const hosted = await host.start(options);
      t.after(() => hosted.close());
      await scenario.run(new SharedCaller(host, options, hosted, gate));
    });
  }
}
