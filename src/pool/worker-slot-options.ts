// What a worker slot is made of, and whom it tells.
import type { Clock } from '../core/ports.ts';
import type { ListeningReply, LogSetup } from '../core/thread-protocol.ts';
import type { LaunchedThread, LaunchOptions } from './thread-launch.ts';
import type { WorkerSlot } from './worker-slot.ts';

export type SlotState = 'starting' | 'ready' | 'busy' | 'retiring' | 'gone' | 'stuck';
export type Role = 'active' | 'standby';

export type WorkerSlotOptions = LaunchOptions & {
  readonly id: number;
  readonly role: Role;
  readonly clock: Clock;
  /** Its thread, which has begun to start; undefined: that begins now. */
  readonly launched?: LaunchedThread | undefined;
  /** The slot can take no more work; called once, before anybody is told of the death. */
  readonly onLost: (slot: WorkerSlot) => void;
  readonly onListening: (slot: WorkerSlot, reply: ListeningReply) => void;
  readonly onTerminate: (log: LogSetup) => void;
  /** The thread is gone (`state` says so), or is stuck and may be gone later. */
  readonly onEnded: (slot: WorkerSlot) => void;
};
