// A worker thread with a handler of test/fixtures, driven by its tasks alone: no pool of ours, no
// supervisor. What it logs is silenced.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type {
  ControlMessage,
  HandlerResult,
  InvokeTask,
  TaskReply,
  WorkerSetup,
  WorkerTask,
} from '../../../src/core/thread-protocol.ts';

const ROOT = fileURLToPath(new URL('../../fixtures/handlers', import.meta.url));
const ENTRY = new URL('../../../workers/handler-worker.ts', import.meta.url);

type Waiting = ReturnType<typeof Promise.withResolvers<HandlerResult>>;

export class HandlerThread {
  readonly worker: Worker;
  readonly lastWords: MessagePort;
  readonly control: MessagePort;
  /** Where a handler that streams sends its response. */
  readonly stream: MessagePort;
  /** The exit code of the thread, once it has ended. */
  readonly exited: Promise<number>;
  readonly #tasks: MessagePort;
  /** By the number of the task; 0 is Init. */
  readonly #waiting = new Map<number, Waiting>();

  /** @param changes of the setup; with `multiConcurrent` it is given all tasks at once. */
  constructor(handler: string, entry: URL = ENTRY, changes: Partial<WorkerSetup> = {}) {
    const lock = new SharedArrayBuffer(4);
    const bulkhead: WorkerSetup = {
      handler,
      taskRoots: [ROOT],
      typescript: false,
      argv: ['program', handler],
      hasOwnPreloads: false,
      multiConcurrent: false,
      log: { format: 'TEXT', level: 'FATAL', lock, owner: 2 },
      ...changes,
    };
    const [tasks, lastWords, control, stream] = Array.from({ length: 4 }, openChannel);
    assert.ok(tasks && lastWords && control && stream);
    this.#tasks = tasks.port1;
    this.lastWords = lastWords.port1;
    this.control = control.port1;
    this.stream = stream.port1;
    const ports = {
      tasks: tasks.port2,
      lastWords: lastWords.port2,
      control: control.port2,
      stream: stream.port2,
    };
    this.worker = new Worker(entry, {
      workerData: { bulkhead, ports },
      transferList: Object.values(ports),
    });
    this.worker.on('error', () => {});
    this.exited = new Promise((resolve) => this.worker.once('exit', resolve));
    void this.exited.then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The thread has ended'));
    });
    this.#tasks.on('message', ({ number, result, defect }: TaskReply) => {
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (result === undefined) waiting?.reject(new Error(defect));
      else waiting?.resolve(result);
    });
    this.#tasks.unref();
  }

  init(): Promise<HandlerResult> {
    return this.#run({ kind: 'init' }, 0);
  }

  invoke(event: unknown, changes: Partial<InvokeTask> = {}): Promise<HandlerResult> {
    const task: InvokeTask = {
      kind: 'invoke',
      number: 1,
      requestId: `r-${changes.number ?? 1}`,
      deadlineEpochMs: Date.now() + 60_000,
      softEpochMs: Date.now() + 59_000,
      functionArn: 'arn',
      traceId: undefined,
      clientContext: undefined,
      cognitoIdentity: undefined,
      tenantId: undefined,
      event: new TextEncoder().encode(JSON.stringify(event)),
      ...changes,
    };
    return this.#run(task, task.number);
  }

  tell(message: ControlMessage): void {
    this.control.postMessage(message);
  }

  async close(): Promise<void> {
    for (const port of [this.#tasks, this.lastWords, this.control, this.stream]) port.close();
    await this.worker.terminate();
  }

  #run(task: WorkerTask, number: number): Promise<HandlerResult> {
    const waiting = Promise.withResolvers<HandlerResult>();
    this.#waiting.set(number, waiting);
    this.#tasks.postMessage(task);
    return waiting.promise;
  }
}

function openChannel(): MessageChannel {
  return new MessageChannel();
}

/** What an invocation came to: the result as a value, or the error's type and message. */
export function told(result: HandlerResult): unknown {
  if (result.kind === 'success') return JSON.parse(Buffer.from(result.body).toString());
  if (result.kind !== 'failure') return result.kind;
  return `${result.error.errorType}: ${result.error.errorMessage}`;
}
