// A worker thread with a handler of test/fixtures, driven by its tasks alone: no pool of ours, no
// supervisor. What it logs is silenced.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type {
  ControlMessage,
  HandlerResult,
  InvokeTask,
  WorkerData,
  WorkerSetup,
  WorkerTask,
} from '../../../src/core/thread-protocol.ts';

const ROOT = fileURLToPath(new URL('../../fixtures/handlers', import.meta.url));
const ENTRY = new URL('../../../workers/handler-worker.ts', import.meta.url);

export class HandlerThread {
  readonly #piscina: Piscina;
  readonly worker: Worker;
  readonly lastWords: MessagePort;
  readonly control: MessagePort;
  /** The exit code of the thread, once it has ended. */
  readonly exited: Promise<number>;
  #hasExited = false;
  /** An idle thread of Piscina's does not keep the test's process alive. */
  readonly #alive: NodeJS.Timeout = setInterval(() => {}, 60_000);
  readonly #far: readonly [lastWords: MessagePort, control: MessagePort, stream: MessagePort];
  /** Where a handler that streams sends its response. */
  readonly stream: MessagePort;

  /** @param changes of the setup; with `multiConcurrent` it is given all tasks at once. */
  constructor(handler: string, entry: URL = ENTRY, changes: Partial<WorkerSetup> = {}) {
    const lock = new SharedArrayBuffer(4);
    const bulkhead: WorkerData['bulkhead'] = {
      handler,
      taskRoots: [ROOT],
      typescript: false,
      argv: ['program', handler],
      hasOwnPreloads: false,
      multiConcurrent: false,
      log: { format: 'TEXT', level: 'FATAL', lock, owner: 2 },
      ...changes,
    };
    const lastWords = new MessageChannel();
    const control = new MessageChannel();
    this.lastWords = lastWords.port1;
    this.control = control.port1;
    const stream = new MessageChannel();
    this.stream = stream.port1;
    this.#far = [lastWords.port2, control.port2, stream.port2];
    this.#piscina = new Piscina({
      filename: fileURLToPath(entry),
      minThreads: 1,
      maxThreads: 1,
      atomics: 'disabled',
      concurrentTasksPerWorker: bulkhead.multiConcurrent ? 1024 : 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      workerData: { bulkhead },
    });
    const [thread] = this.#piscina.threads;
    assert.ok(thread !== undefined);
    this.worker = thread;
    // The end of the thread is the test's affair; Piscina would start another.
    this.#piscina.on('error', () => {});
    thread
      .removeAllListeners('exit')
      .removeAllListeners('error')
      .on('error', () => {});
    this.exited = new Promise((resolve) => thread.once('exit', resolve));
    void this.exited.then(() => {
      this.#hasExited = true;
    });
  }

  init(): Promise<HandlerResult> {
    const [lastWords, control, stream] = this.#far;
    return this.#run({ kind: 'init', lastWords, control, stream }, [...this.#far]);
  }

  invoke(event: unknown, changes: Partial<InvokeTask> = {}): Promise<HandlerResult> {
    return this.#run({
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
    });
  }

  tell(message: ControlMessage): void {
    this.control.postMessage(message);
  }

  async close(): Promise<void> {
    clearInterval(this.#alive);
    this.lastWords.close();
    this.control.close();
    this.stream.close();
    // Waits for the exit, which comes once.
    if (!this.#hasExited) await this.#piscina.destroy();
  }

  #run(task: WorkerTask, transferList: MessagePort[] = []): Promise<HandlerResult> {
    return this.#piscina.run(task, { transferList });
  }
}

/** What an invocation came to: the result as a value, or the error's type and message. */
export function told(result: HandlerResult): unknown {
  if (result.kind === 'success') return JSON.parse(Buffer.from(result.body).toString());
  if (result.kind !== 'failure') return result.kind;
  return `${result.error.errorType}: ${result.error.errorMessage}`;
}
