// Entry point of a worker thread. Prepares the thread before any user code is there, then runs the
// tasks the supervisor sends: init once, invoke many times.
import { parentPort, workerData } from 'node:worker_threads';
import type { HandlerResult, WorkerData, WorkerTask } from '../src/core/thread-protocol.ts';
import { LineWriter } from '../src/output/line-writer.ts';
import { HandlerRunner } from './handler-runner.ts';
import { watchLastWords } from './last-words.ts';
import { installProcessStreams } from './process-streams.ts';
import { installThreadOutput } from './thread-output.ts';

const { bulkhead: setup } = workerData as WorkerData;
const { lock, owner } = setup.log;
// The lock is the runtime's own affair.
delete (workerData as { bulkhead?: WorkerData['bulkhead'] }).bulkhead;
const stdout = new LineWriter(1, lock, owner);
installProcessStreams({ stdout, stderr: new LineWriter(2, lock, owner) });
const { logError, onInvocation } = installThreadOutput(setup.log, stdout);
const runner = new HandlerRunner({ setup, env: () => process.env, onInvocation, logError });

/** Piscina calls the default export with each task. */
export default function run(task: WorkerTask): Promise<HandlerResult> {
  if (task.kind === 'invoke') return runner.invoke(task);
  // Piscina has no more use for it after the start, and nobody reads what user code would send: a
  // flood of messages would keep the supervisor from its watch.
  parentPort?.close();
  watchLastWords(task.lastWords, logError);
  return runner.init();
}
