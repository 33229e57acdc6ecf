// What a worker slot is made of, and whom it tells.
import type { Clock } from '../core/ports.ts';
import type { ListeningReply, LogSetup, WorkerSetup } from '../core/thread-protocol.ts';
import type { WorkerSlot } from './worker-slot.ts';

export type SlotState = 'starting' | 'ready' | 'busy' | 'retiring' | 'gone' | 'stuck';
export type Role = 'active' | 'standby';

export type WorkerSlotOptions = {
  readonly id: number;
  readonly role: Role;
  readonly clock: Clock;
  /** File of the thread's entry point. */
  readonly entry: string;
  /** What the thread is told at its start. */
  readonly setup: WorkerSetup;
  readonly heapLimitMb: number | undefined;
  /** The slot can take no more work; called once, before anybody is told of the death. */
  readonly onLost: (slot: WorkerSlot) => void;
  readonly onListening: (slot: WorkerSlot, reply: ListeningReply) => void;
  readonly onTerminate: (log: LogSetup) => void;
  /** The thread is gone (`state` says so), or is stuck and may be gone later. */
  readonly onEnded: (slot: WorkerSlot) => void;
};
