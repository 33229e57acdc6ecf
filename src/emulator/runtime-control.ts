// What an environment asks of the runtime's process, whoever started that.

/** The managed process, or a stand-in when the caller runs its own runtime. */
export interface RuntimeControl {
  /** False when the caller runs its own runtime: nothing is known about its start. */
  readonly isManaged: boolean;
  /** Makes sure that a process runs. */
  start(): void;
  /** Stops the process where it is, or lets it go on from there. */
  freeze(): void;
  thaw(): void;
  /** Ends the process, and the connections that it leaves behind. */
  kill(): Promise<void>;
  /** Asks the process to end, kills it if it does not. */
  stop(): Promise<void>;
  /** Like `kill`, but a runtime that is about to exit by itself may do so first. */
  retire(): Promise<void>;
  /** Resolves when everything the runtime wrote up to now has been read. */
  outputRead(): Promise<void>;
}
