// One connection to the Runtime API: a request out, a whole reply in. Knows HTTP, not its meaning.
import type { HeaderRecord } from '../core/invocation.ts';
import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';

/** A reply is an event or a short status object; far more than an event is a confused server. */
export const REPLY_BYTES_MAX: number = PAYLOAD_BYTES_MAX + 64 * 1024;
/** The Runtime API is in the same machine: who does not listen by then will not. */
export const CONNECT_MS_MAX = 1000;

export type Reply = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: HeaderRecord;
  /** In an ArrayBuffer of its own, so that it can be transferred to a thread. */
  readonly body: Uint8Array;
  /** By the clock that the transport was given. */
  readonly firstByteAtMs?: number | undefined;
};

export type RequestParts = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array;
  /** The next request may follow on the wire before this one's reply is there. */
  readonly isPipelined?: boolean;
};

export type TransportOptions = {
  readonly pipelining: boolean;
  /** The first request finds a connection, where that can be made before. Default: false. */
  readonly connectsAtOnce?: boolean;
  /** For the time at which each reply began; undefined: nobody wants to know. */
  readonly nowMs?: (() => number) | undefined;
};

/** Connects when it is first used, and anew whenever the connection was lost. */
export interface Transport {
  /** Rejects with the transport's error when no whole reply came. `onSent` runs once the request
   * is on the wire; a request that follows another one is sent again, by itself, when the
   * connection is lost before that one has its reply. */
  exchange(parts: RequestParts, onSent?: () => void): Promise<Reply>;
  /** Drops the connection and whatever waits on it. */
  close(): Promise<void>;
}
