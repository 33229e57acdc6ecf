// The worker's ends of its private channels with the supervisor, as far as they are used.
import type {
  ControlMessage,
  ControlReply,
  LastWords,
  StreamMessage,
  StreamReply,
  TaskReply,
  WorkerSetup,
  WorkerTask,
} from './thread-protocol.ts';

/** `workerData` of every worker thread. */
export type WorkerData = { readonly bulkhead: WorkerSetup; readonly ports: WorkerPorts };

export type WorkerPorts = {
  readonly tasks: TaskPort;
  readonly lastWords: LastWordsPort;
  readonly control: ControlPort;
  readonly stream: StreamPort;
};

/** The worker's end of the channel for tasks. */
export type TaskPort = {
  postMessage(reply: TaskReply, transfer: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (task: WorkerTask) => void): unknown;
  ref(): void;
  unref(): void;
};

export type LastWordsPort = { postMessage(words: LastWords): void };
/** The worker's end of the control channel. */
export type ControlPort = {
  postMessage(reply: ControlReply): void;
  on(event: 'message', listener: (message: ControlMessage) => void): unknown;
  ref(): void;
  unref(): void;
};

/** The worker's end of the channel for streamed responses. */
export type StreamPort = {
  postMessage(message: StreamMessage, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (reply: StreamReply) => void): unknown;
  ref(): void;
  unref(): void;
};
