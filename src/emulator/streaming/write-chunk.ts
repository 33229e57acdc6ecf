// Writes to an HTTP response piece by piece, and knows when its reader has left.
import type { ServerResponse } from 'node:http';

/** A promise means that the reader is slow: it resolves when there is room, or nobody any more. */
export function writeChunk(response: ServerResponse, bytes: Uint8Array): Promise<void> | undefined {
  if (response.destroyed || response.write(bytes)) return undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    response.off('drain', stop).off('close', stop);
    resolve();
  };
  response.on('drain', stop).on('close', stop);
  return promise;
}

/** Ends the response; resolves when it is handed to the system, or its reader has left. */
export function endResponse(response: ServerResponse, bytes?: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (response.destroyed) return Promise.resolve();
  response.on('finish', resolve).on('close', resolve);
  response.end(bytes);
  return promise;
}

/** Resolves when the reader has left before the end of the response. */
export function whenLeft(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.on('close', () => {
    if (!response.writableFinished) resolve();
  });
  if (response.destroyed) resolve();
  return promise;
}
