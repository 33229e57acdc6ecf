// Hands a request's body on while it arrives, no faster than it is taken.
import type { IncomingMessage } from 'node:http';

/** `lost`: the connection ended before the body did; `stopped`: nobody wants the rest. */
export type RelayEnd = 'complete' | 'lost' | 'stopped';

/**
 * Reads on only when `take` has no promise open, so that what is held is bounded by what Node reads
 * ahead. The request is left paused when it is not read to its end.
 */
export function relayBody(
  request: IncomingMessage,
  take: (chunk: Buffer) => Promise<void> | undefined,
  stopped: Promise<unknown>,
): Promise<RelayEnd> {
  const { promise, resolve } = Promise.withResolvers<RelayEnd>();
  let isOver = false;
  const onData = (chunk: Buffer): void => {
    const taken = take(chunk);
    if (taken === undefined) return;
    request.pause();
    void taken.then(() => {
      if (!isOver) request.resume();
    });
  };
  const onEnd = (): void => finish(request.complete ? 'complete' : 'lost');
  const onLost = (): void => finish('lost');
  const finish = (end: RelayEnd): void => {
    if (isOver) return;
    isOver = true;
    request.off('data', onData).off('end', onEnd).off('close', onLost).off('error', onLost);
    request.on('error', ignore);
    request.pause();
    resolve(end);
  };
  void stopped.then(() => finish('stopped'));
  request.on('end', onEnd).on('close', onLost).on('error', onLost).on('data', onData);
  if (request.destroyed) onLost();
  else request.resume();
  return promise;
}

/** Whoever reads next notices a lost connection; without a listener it would throw. */
function ignore(): void {}
