// The worker's end of the channel for streamed responses, taken hold of before user code is there:
// it must not see the port.
import type { StreamPort } from '../../src/core/thread-ports.ts';
import type { StreamMessage, StreamReply } from '../../src/core/thread-protocol.ts';

/** What it can do, bound to it. */
export type HeldPort = {
  readonly post: (message: StreamMessage, transfer: readonly ArrayBuffer[]) => void;
  /** Keeps nothing alive. */
  readonly listen: (onReply: (reply: StreamReply) => void) => void;
  /** From here on it keeps the thread's loop alive, until it is let go. */
  readonly hold: () => void;
  readonly letGo: () => void;
};

/** Costs next to nothing: most handlers do not stream. */
export function holdStreamPort(port: StreamPort): HeldPort {
  const on = port.on.bind(port);
  const letGo = port.unref.bind(port);
  return {
    post: port.postMessage.bind(port),
    listen: (onReply) => {
      on('message', onReply);
      letGo();
    },
    hold: port.ref.bind(port),
    letGo,
  };
}
