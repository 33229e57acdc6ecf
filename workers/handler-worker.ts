// Entry point of a worker thread. Prepares the thread before any user code is there, then runs the
// tasks the supervisor sends: init once, invoke many times.
import { parentPort, workerData } from 'node:worker_threads';
import { ClaimBoard } from '../src/core/claim-board.ts';
import type { WorkerData } from '../src/core/thread-ports.ts';
import type {
  ControlReply,
  HandlerResult,
  InvokeTask,
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
import { hideCompileCache } from './loading/compile-cache.ts';
import { watchLastWords } from './logs/last-words.ts';
import { installProcessStreams } from './logs/process-streams.ts';
import { installThreadOutput } from './logs/thread-output.ts';
import { watchEmptyLoop } from './nothing-pending.ts';
import { installProcessMembers } from './process-members.ts';
import { SignalListeners } from './signal-listeners.ts';
import { holdStreamPort } from './streaming/stream-port.ts';
import { holdTaskPort } from './task-port.ts';
import { pendingCounts, pendingReport } from './waiting/pending-report.ts';

// User code may take the global away; its environment may be replaced.
const { process } = globalThis;
const { bulkhead: setup, ports } = workerData as WorkerData;
const { lock, owner } = setup.log;
const claims = setup.claims === undefined ? undefined : new ClaimBoard(setup.claims);
// The lock, the board and the ports are the runtime's own affair.
const shared: { bulkhead?: unknown; ports?: unknown } = workerData;
delete shared.bulkhead;
delete shared.ports;
// Bundled, this file is CommonJS, and would be the `require.main` of all user code.
delete (process as { mainModule?: unknown }).mainModule;
if (setup.compileCache !== undefined) hideCompileCache(process.env);
// Nobody reads what user code would send.
parentPort?.close();
const tasks = holdTaskPort(ports.tasks);
const streamPort = holdStreamPort(ports.stream);
const stdout = new LineWriter(1, lock, owner);
installProcessStreams({ stdout, stderr: new LineWriter(2, lock, owner) });
const output = installThreadOutput(setup.log, stdout, setup.multiConcurrent);
/** Of one at a time it is known without being told. */
const currentNumber = setup.multiConcurrent ? output.currentNumber : () => undefined;
if (setup.multiConcurrent) installRunningNumber(output.currentNumber);
const signals = new SignalListeners();
installProcessMembers(setup.argv);
watchNestedWorkers();
const hooks = installSnapshotHooks(setup.snapshotPhase !== undefined);
const globals = installInvocationGlobals(process.env, setup.multiConcurrent, hooks.registration);
const withdrawn: Promise<HandlerResult> = Promise.resolve({ kind: 'withdrawn' });
const runner = prepare();
tasks.serve(run);

function run(task: WorkerTask): Promise<HandlerResult> {
  if (task.kind === 'invoke')
    return claims === undefined ? runner.invoke(task) : claim(claims, task);
  return task.kind === 'init' ? runner.init() : runner.runHooks(task.moment);
}

/** Nothing of an invocation begins before it is taken. */
function claim(board: ClaimBoard, task: InvokeTask): Promise<HandlerResult> {
  const { cell, number } = task;
  if (cell !== undefined && !board.take(cell, number)) return withdrawn;
  board.enter(number);
  const result = runner.invoke(task);
  board.leave();
  return result;
}

function prepare(): HandlerRunner {
  const { control, lastWords } = ports;
  const { logError, logWarning } = output;
  const leave = watchLastWords({ port: lastWords, logError, currentNumber });
  const handlers = new HandlerRunner({
    setup,
    env: () => process.env,
    output,
    globals,
    hooks,
    runUserCode: watchEmptyLoop(tasks),
    streamPort,
    // What several leave behind cannot be told apart.
    leftovers: setup.multiConcurrent ? undefined : new Leftovers(logWarning),
  });
  listenToSupervisor(control, {
    abortSignals: (cause) => handlers.abortSignals(cause),
    // The supervisor asks while a handler runs: the task port is let go and not listed. The port of
    // the stream is, while the reader is slow, and that is told by itself.
    pendingCounts: () => {
      const { awaitedReaders } = handlers;
      return [...awaitedReaders, ...pendingCounts(awaitedReaders.length)];
    },
    pendingReport: async (searchMs) => {
      const { awaitedReaders } = handlers;
      return [...awaitedReaders, ...(await pendingReport(awaitedReaders.length, searchMs))];
    },
    deliver: (signal) => signals.deliver(signal),
    leave,
    letGo: tasks.letGo,
  });
  const tell: (reply: ControlReply) => void = control.postMessage.bind(control);
  signals.connect((signal) => tell({ kind: 'listens', signal }));
  return handlers;
}
