// The gauges of an environment that takes several invocations at once: asked for when somebody
// reads the metrics, and at no other time.
import prometheus from 'prom-client';
import type { Census } from '../core/ports.ts';

type Registry = InstanceType<typeof prometheus.Registry>;

type Gauge = InstanceType<typeof prometheus.Gauge>;

/** Registers them; `take` is called once for each reading. */
export function addCensusGauges(registry: Registry, take: () => Promise<Census>): void {
  let taking: Promise<Census> | undefined;
  const taken = (): Promise<Census> => {
    taking ??= take().finally(() => {
      taking = undefined;
    });
    return taking;
  };
  const gauge = (
    noun: string,
    help: string,
    labelNames: string[],
    fill: (gauge: Gauge, census: Census) => void,
  ): void => {
    const made: Gauge = new prometheus.Gauge({
      name: `lambda_runtime_${noun}`,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const census = await taken();
        made.reset();
        fill(made, census);
      },
    });
  };
  gauge('polls_parked', 'Polls that are parked: events that are taken at once.', [], (one, all) =>
    one.set(all.parkedCount),
  );
  gauge('invocations_running', 'Invocations that threads have.', [], (one, all) =>
    one.set(all.runningCount),
  );
  gauge('events_queued', 'Events so far that found no thread to go to.', [], (one, all) =>
    one.set(all.queuedCount),
  );
  gauge('threads', 'Threads by state.', ['state'], (one, { states }) => {
    for (const [state, count] of states) one.set({ state }, count);
  });
  gauge('thread_invocations', 'Invocations of a thread.', ['worker_id'], (one, { threads }) => {
    for (const { slotId, load } of threads) one.set({ worker_id: String(slotId) }, load);
  });
  const help = 'How long the loop of a thread took to answer; 0.25 is the most that is waited.';
  gauge('thread_loop_delay_seconds', help, ['worker_id'], (one, { threads }) => {
    for (const { slotId, loopDelayMs } of threads) {
      one.set({ worker_id: String(slotId) }, loopDelayMs / 1000);
    }
  });
}
