// Entry point of a worker thread. Prepares the thread before any user code is there, then runs the
// tasks the supervisor sends: init once, invoke many times.
import { parentPort, workerData } from 'node:worker_threads';
import { ClaimBoard } from '../src/core/claim-board.ts';
import type {
  ControlReply,
  HandlerResult,
  InitTask,
  InvokeTask,
  WorkerData,
  WorkerTask,
} from '../src/core/thread-protocol.ts';
import { LineWriter } from '../src/output/line-writer.ts';
import { watchNestedWorkers } from './active-resources.ts';
import { listenToSupervisor } from './control.ts';
import { installInvocationGlobals } from './globals/invocation-globals.ts';
import { installRunningNumber } from './globals/running-number.ts';
import { installSnapshotHooks } from './globals/snapshot-hooks.ts';
import { HandlerRunner } from './handler-runner.ts';
import { Leftovers } from './leftovers.ts';
import { watchLastWords } from './logs/last-words.ts';
import { installProcessStreams } from './logs/process-streams.ts';
import { installThreadOutput } from './logs/thread-output.ts';
import { watchEmptyLoop } from './nothing-pending.ts';
import { installProcessMembers } from './process-members.ts';
import { SignalListeners } from './signal-listeners.ts';
import { holdStreamPort } from './streaming/stream-port.ts';
import { catchTaskPort } from './task-port.ts';
import { pendingCounts, pendingReport } from './waiting/pending-report.ts';

// User code may take the global away; its environment may be replaced.
const { process } = globalThis;
const { bulkhead: setup } = workerData as WorkerData;
const { lock, owner } = setup.log;
const claims = setup.claims === undefined ? undefined : new ClaimBoard(setup.claims);
// The lock and the board are the runtime's own affair.
delete (workerData as { bulkhead?: WorkerData['bulkhead'] }).bulkhead;
const stdout = new LineWriter(1, lock, owner);
installProcessStreams({ stdout, stderr: new LineWriter(2, lock, owner) });
const output = installThreadOutput(setup.log, stdout, setup.multiConcurrent);
const takeTaskPort = catchTaskPort();
/** Of one at a time it is known without being told. */
const currentNumber = setup.multiConcurrent ? output.currentNumber : () => undefined;
if (setup.multiConcurrent) installRunningNumber(output.currentNumber);
const signals = new SignalListeners();
installProcessMembers(setup.argv);
watchNestedWorkers();
const hooks = installSnapshotHooks(setup.snapshotPhase !== undefined);
const globals = installInvocationGlobals(process.env, setup.multiConcurrent, hooks.registration);
const withdrawn: Promise<HandlerResult> = Promise.resolve({ kind: 'withdrawn' });
let runner: HandlerRunner | undefined;

/** Piscina calls the default export with each task. */
export default function run(task: WorkerTask): Promise<HandlerResult> {
  if (task.kind === 'init') runner = prepare(task);
  if (runner === undefined) throw new Error('Cannot run an invocation: the first task is "init"');
  if (task.kind === 'invoke') {
    return claims === undefined ? runner.invoke(task) : claim(claims, runner, task);
  }
  return task.kind === 'init' ? runner.init() : runner.runHooks(task.moment);
}

/** Nothing of an invocation begins before it is taken. */
function claim(board: ClaimBoard, runner: HandlerRunner, task: InvokeTask): Promise<HandlerResult> {
  const { cell, number } = task;
  if (cell !== undefined && !board.take(cell, number)) return withdrawn;
  board.enter(number);
  const result = runner.invoke(task);
  board.leave();
  return result;
}

function prepare({ lastWords, control, stream }: InitTask): HandlerRunner {
  // Piscina has no more use for it after the start, and nobody reads what user code would send: a
  // flood of messages would keep the supervisor from its watch.
  parentPort?.close();
  const streamPort = holdStreamPort(stream);
  const { logError, logWarning } = output;
  const leave = watchLastWords({ port: lastWords, logError, currentNumber });
  const taskPort = takeTaskPort();
  const runner = new HandlerRunner({
    setup,
    env: () => process.env,
    output,
    globals,
    hooks,
    runUserCode: watchEmptyLoop(taskPort),
    streamPort,
    // What several leave behind cannot be told apart.
    leftovers: setup.multiConcurrent ? undefined : new Leftovers(logWarning),
  });
  listenToSupervisor(control, {
    abortSignals: (cause) => runner.abortSignals(cause),
    // The supervisor asks while a handler runs: the task port is let go and not listed. The port of
    // the stream is, while the reader is slow, and that is told by itself.
    pendingCounts: () => {
      const { awaitedReaders } = runner;
      return [...awaitedReaders, ...pendingCounts(awaitedReaders.length)];
    },
    pendingReport: async (searchMs) => {
      const { awaitedReaders } = runner;
      return [...awaitedReaders, ...(await pendingReport(awaitedReaders.length, searchMs))];
    },
    deliver: (signal) => signals.deliver(signal),
    leave,
    letGo: taskPort.letGo,
  });
  const tell: (reply: ControlReply) => void = control.postMessage.bind(control);
  signals.connect((signal) => tell({ kind: 'listens', signal }));
  return runner;
}
