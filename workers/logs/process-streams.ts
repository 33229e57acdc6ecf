// Makes process.stdout and process.stderr of a worker thread write to the descriptors at once, so
// that what a handler printed survives terminate(), process.exit, a crash and a busy loop.
import type { Writable } from 'node:stream';

/** Where the bytes go; a LineWriter on the descriptor. */
export type ByteSink = { write(bytes: Uint8Array): void };

export type StreamSinks = { readonly stdout: ByteSink; readonly stderr: ByteSink };

/** The two streams of `process`. */
export type ProcessStreams = { readonly stdout: Writable; readonly stderr: Writable };

type Chunk = { readonly chunk: unknown; readonly encoding: BufferEncoding };
type Done = (error?: Error | null) => void;

/**
 * Redirects both streams in place. Node keeps the very objects for its own use (flow control with
 * the main thread), so only the two methods that move bytes are replaced; everything above them
 * (`write`, `end`, `cork`, `new Console`, `console.table`, callbacks, events) works as before, with
 * nothing ever left in the stream's buffer. The streams get the `fd` that a worker's lack: without
 * it, code that writes to `process.stdout.fd` loses every line (trap T19).
 *
 * To be called in a worker only: the main thread's streams are descriptors already.
 */
export function installProcessStreams(sinks: StreamSinks, streams: ProcessStreams = process): void {
  redirect(streams.stdout, sinks.stdout, 1);
  redirect(streams.stderr, sinks.stderr, 2);
}

function redirect(stream: Writable, sink: ByteSink, fd: number): void {
  const write = (chunk: unknown, encoding: BufferEncoding, done: Done): void => {
    sink.write(toBytes(chunk, encoding));
    done();
  };
  const writev = (chunks: readonly Chunk[], done: Done): void => {
    // One write: a corked group of chunks is meant to arrive in one piece.
    sink.write(Buffer.concat(chunks.map(({ chunk, encoding }) => toBytes(chunk, encoding))));
    done();
  };
  define(stream, '_write', write);
  define(stream, '_writev', writev);
  define(stream, 'fd', fd);
}

/** Not enumerable: a handler that copies or prints the stream sees what it saw before. */
function define(stream: Writable, name: string, value: unknown): void {
  Object.defineProperty(stream, name, { value, writable: true, configurable: true });
}

/** The streams of a worker do not decode strings before they hand them over. */
function toBytes(chunk: unknown, encoding: BufferEncoding): Uint8Array {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, Buffer.isEncoding(encoding) ? encoding : 'utf8');
  }
  return chunk as Uint8Array;
}
