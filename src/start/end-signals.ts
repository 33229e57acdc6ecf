// The signals that end the service, heard from the first moment: one that comes while the
// supervisor is still being loaded ends it like any later one.
import type { ReceivedSignal } from '../core/thread-protocol.ts';

export type SignalSource = Pick<NodeJS.Process, 'on'>;

export type Hear = (signal: ReceivedSignal) => void;

const ENDING = ['SIGTERM', 'SIGINT'] as const;

/**
 * Listens from now on, so that neither signal does what it does to a process without listeners.
 *
 * @returns To be called once, with who hears them from then on: what has come before is told at
 *   once, in its order.
 */
export function hearEndSignals(source: SignalSource = process): (hear: Hear) => void {
  const early: ReceivedSignal[] = [];
  let pass: Hear = (signal) => void early.push(signal);
  for (const name of ENDING) {
    source.on(name, (_name: NodeJS.Signals, number: number) => pass({ name, number }));
  }
  return (hear) => {
    pass = hear;
    for (const signal of early.splice(0)) hear(signal);
  };
}
