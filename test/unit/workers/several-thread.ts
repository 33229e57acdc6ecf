// A thread that takes several invocations at once, with a claim board and its log in a file.
import assert from 'node:assert/strict';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setEnvironmentData } from 'node:worker_threads';
import { ClaimBoard, createClaimBoard } from '../../../src/core/claim-board.ts';
import type { HandlerResult, InvokeTask } from '../../../src/core/thread-protocol.ts';
import { HandlerThread, told } from './handler-thread.ts';
import { makeFolder } from './temporary-folder.ts';

export type SeveralThread = {
  readonly thread: HandlerThread;
  readonly board: ClaimBoard;
  readonly flags: Int32Array;
  /** Of the next number, unless it is given one. */
  readonly invoke: (event: object, changes?: Partial<InvokeTask>) => Promise<HandlerResult>;
  /** What that comes to. */
  readonly tell: (event: object) => Promise<unknown>;
  /** The thread has said, or got, that value by the flag. */
  readonly untilFlag: (at: number, value: number) => Promise<void>;
  /** A handler waits at the second flag. */
  readonly letGo: () => void;
  /** Lines of the log so far, parsed. */
  readonly logged: () => readonly Readonly<Record<string, unknown>>[];
};

export async function startSeveral(
  context: TestContext,
  handler: string = 'several.handler',
  entry?: URL,
): Promise<SeveralThread> {
  const flags = new Int32Array(new SharedArrayBuffer(16));
  setEnvironmentData('flags', flags.buffer);
  const claims = createClaimBoard();
  const file = join(makeFolder(context, { log: '' }), 'log');
  const [fd, lock] = [openSync(file, 'a'), new SharedArrayBuffer(4)];
  const target = { fd, isFramed: false, lock: new SharedArrayBuffer(4) };
  const thread = new HandlerThread(handler, entry, {
    multiConcurrent: true,
    claims,
    log: { format: 'JSON', level: 'INFO', lock, owner: 2, target },
  });
  context.after(async () => {
    Atomics.store(flags, 1, 1);
    Atomics.notify(flags, 1);
    await thread.close();
  });
  assert.equal(told(await thread.init()), 'ready');
  let count = 0;
  const invoke: SeveralThread['invoke'] = (event, changes) => {
    if (changes?.number === undefined) count += 1;
    return thread.invoke(event, { number: count, ...changes });
  };
  return {
    thread,
    board: new ClaimBoard(claims),
    flags,
    invoke,
    tell: async (event) => told(await invoke(event)),
    async untilFlag(at, value) {
      while (Atomics.load(flags, at) !== value) {
        context.signal.throwIfAborted();
        await turn();
      }
    },
    letGo() {
      Atomics.store(flags, 1, 1);
      Atomics.notify(flags, 1);
    },
    logged: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  };
}
