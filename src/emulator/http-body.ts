// Reads request bodies within a bound, and gets rid of those nobody wants.
import type { IncomingMessage } from 'node:http';

export type RequestBody = {
  /** The body up to the bound. */
  readonly bytes: Buffer;
  /** Its true size. */
  readonly sizeBytes: number;
  /** False when the connection ended before the body did. */
  readonly isComplete: boolean;
};

/** Reads to the end, so that the size is known, but keeps no more than `keptBytesMax`. */
export async function readBody(
  request: IncomingMessage,
  keptBytesMax: number,
): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let keptBytes = 0;
  let sizeBytes = 0;
  const isComplete = await drain(request, (chunk) => {
    const wanted = chunk.subarray(0, Math.max(0, keptBytesMax - keptBytes));
    if (wanted.length > 0) chunks.push(wanted);
    keptBytes += wanted.length;
    sizeBytes += chunk.length;
    return true;
  });
  return { bytes: Buffer.concat(chunks), sizeBytes, isComplete };
}

/** Swallows up to `bytesMax` bytes; false when there is more to come, or the connection is gone. */
export async function discardBody(request: IncomingMessage, bytesMax: number): Promise<boolean> {
  let sizeBytes = 0;
  return await drain(request, (chunk) => {
    sizeBytes += chunk.length;
    return sizeBytes <= bytesMax;
  });
}

/** Feeds chunks to `take` until it returns false; resolves to whether the body's end was seen. */
function drain(request: IncomingMessage, take: (chunk: Buffer) => boolean): Promise<boolean> {
  if (request.complete && request.readableEnded) return Promise.resolve(true);
  if (request.destroyed) return Promise.resolve(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onData = (chunk: Buffer): void => {
    if (!take(chunk)) stop(false);
  };
  const onEnd = (): void => stop(request.complete);
  const onLost = (): void => stop(false);
  const stop = (isComplete: boolean): void => {
    request.off('data', onData).off('end', onEnd).off('close', onLost).off('error', onLost);
    request.on('error', ignore);
    request.pause();
    resolve(isComplete);
  };
  request.on('end', onEnd).on('close', onLost).on('error', onLost).on('data', onData);
  request.resume();
  return promise;
}

/** Whoever reads or writes next notices a lost connection; without a listener it would throw. */
function ignore(): void {}
