// The supervisor's requests to a worker, on a private channel, while the thread's loop turns.
import type { ControlPort } from '../src/core/thread-ports.ts';
import type {
  ControlMessage,
  ControlReply,
  PendingResource,
  ReceivedSignal,
} from '../src/core/thread-protocol.ts';

type Report = readonly PendingResource[];

export type ControlActions = {
  /** Aborts `context.signal` of what is in flight. */
  readonly abortSignals: (reason: 'shutdown') => void;
  /** What there is to say at once. */
  readonly pendingCounts: () => Report;
  readonly pendingReport: (searchMs?: number) => Report | Promise<Report>;
  /** @returns whether user code listens for it. */
  readonly deliver: (signal: ReceivedSignal) => boolean;
  /** Ends the thread; its exit listeners run. */
  readonly leave: () => void;
  /** Lets the thread end by itself, once nothing is pending in it. */
  readonly letGo: () => void;
};

/** Keeps nothing alive. To be called before user code is there: it must not see the port. */
export function listenToSupervisor(port: ControlPort, actions: ControlActions): void {
  const reply: (message: ControlReply) => void = port.postMessage.bind(port);
  port.on('message', (message: ControlMessage) => {
    switch (message.kind) {
      case 'shutdown':
        return actions.abortSignals('shutdown');
      case 'ping':
        return reply({ kind: 'pong', ask: message.ask });
      case 'pending':
        return void answer(actions, message, reply);
      case 'signal':
        if (!actions.deliver(message.signal)) reply({ kind: 'deaf', signal: message.signal.name });
        return;
      case 'retire':
        return actions.leave();
      case 'windDown':
        return actions.letGo();
    }
  });
  port.unref();
}

type Reply = (message: ControlReply) => void;

async function answer(
  { pendingCounts, pendingReport }: ControlActions,
  { ask, searchMs }: Extract<ControlMessage, { readonly kind: 'pending' }>,
  reply: Reply,
): Promise<void> {
  let resources: Report = [];
  try {
    resources = pendingCounts();
    reply({ kind: 'pending', ask, resources, isEarly: true });
    resources = await pendingReport(searchMs);
  } catch {
    // User code may have damaged what it takes. The handler still runs, and may yet answer.
  }
  reply({ kind: 'pending', ask, resources });
}
