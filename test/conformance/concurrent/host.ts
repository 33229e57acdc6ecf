// What a concurrent scenario may use of an emulator of Lambda Managed Instances: one function that
// takes several events at once, called by HTTP, and its log. Where the two hosts write the type of
// an error, they differ; what it says they agree on.
import type { Transcript } from '../../support/transcript.ts';
import type { HostedFunction } from '../host.ts';
import type { Gate } from './gate.ts';

export type SharedOptions = {
  /** `file.export` below test/. */
  readonly handler: string;
  /** Events at once, at most. */
  readonly concurrency: number;
  /** Undefined: as many as the runtime chooses. */
  readonly threadCount: number | undefined;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly env: Readonly<Record<string, string>>;
};

export type SharedHost = {
  readonly name: string;
  /** AWS's emulator gives deadlines that are years ahead; what is promised about them cannot be
   * seen there, and what a platform does whose timeout nobody has met cannot be seen here. */
  readonly tellsDeadlines: boolean;
  readonly start: (options: SharedOptions) => Promise<HostedFunction>;
};

export type SharedReply = {
  readonly requestId: string;
  readonly status: number;
  /** Undefined: it is a success. */
  readonly errorType: string | undefined;
  readonly text: string;
};

export type Call = {
  readonly requestId?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Between two tries to get in: the runtime needs the processor meanwhile. */
const PAUSE_MS = 5;

let callCount = 0;

/** The environment of the function, under both hosts. */
export function toSharedEnv({ env, threadCount }: SharedOptions): Record<string, string> {
  if (threadCount === undefined) return { ...env };
  return { AWS_LAMBDA_NODEJS_WORKER_COUNT: String(threadCount), ...env };
}

/** A function as concurrent scenarios see it. */
export class SharedCaller {
  readonly host: SharedHost;
  readonly options: SharedOptions;
  readonly gate: Gate;
  readonly #hosted: HostedFunction;

  constructor(host: SharedHost, options: SharedOptions, hosted: HostedFunction, gate: Gate) {
    this.host = host;
    this.options = options;
    this.gate = gate;
    this.#hosted = hosted;
  }

  get output(): Transcript {
    return this.#hosted.output;
  }

  /** Sends an event once, whatever becomes of it. */
  async send(event: object, call: Call = {}): Promise<SharedReply> {
    const requestId = call.requestId ?? toRequestId();
    const reply = await fetch(this.#hosted.url, {
      method: 'POST',
      body: JSON.stringify({ gate: this.gate.url, label: requestId, ...event }),
      headers: {
        'Content-Type': 'application/json',
        'X-Amzn-RequestId': requestId,
        ...call.headers,
      },
    });
    const text = await reply.text();
    const errorType = toErrorType(reply, text);
    return { requestId, status: reply.status, errorType, text };
  }

  /** As `send`, again for as long as nothing is ready to take the event: the poll behind an answer,
   * or a thread behind a loss, takes its time. */
  async invoke(event: object, call: Call = {}): Promise<SharedReply> {
    for (;;) {
      const reply = await this.send(event, call);
      if (!isRefused(reply)) return reply;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** Has that many events wait at the gate at once; resolves with their calls. */
  async fill(count: number, event: object = {}): Promise<readonly Held[]> {
    const held = Array.from({ length: count }, () => this.hold(event));
    return await Promise.all(held);
  }

  /** Has one event wait at the gate. */
  async hold(event: object, call: Call = {}): Promise<Held> {
    const requestId = call.requestId ?? toRequestId();
    const reply = this.invoke(event, { ...call, requestId });
    const early = reply.then(({ text }) => {
      throw new Error(`It was answered before the gate: ${text}\n${this.output.text}`);
    });
    const { threadId } = await Promise.race([this.gate.whenHere(requestId), early]);
    // From now on an answer is what is wanted.
    early.catch(() => {});
    return { requestId, threadId, reply };
  }

  /** Lets them go on, in a way that the handler knows, and has their answers. */
  async release(held: readonly Held[], way?: string): Promise<readonly SharedReply[]> {
    for (const { requestId } of held) this.gate.letGo(requestId, way);
    return await Promise.all(held.map(({ reply }) => reply));
  }
}

/** An event that waits at the gate. */
export type Held = {
  readonly requestId: string;
  readonly threadId: number;
  readonly reply: Promise<SharedReply>;
};

export function isRefused({ status, errorType }: SharedReply): boolean {
  return status === 400 && errorType === 'Runtime.Unavailable';
}

/** One that no other call of this process has. */
export function toRequestId(): string {
  callCount += 1;
  return `call-${process.pid}-${callCount}`;
}

/** AWS's emulator names it in a header of its own, real Lambda only for what it refuses. */
function toErrorType({ headers }: Response, text: string): string | undefined {
  const named = headers.get('error-type') ?? headers.get('x-amzn-errortype');
  if (named !== null) return named;
  if (headers.get('x-amz-function-error') === null) return undefined;
  return (JSON.parse(text) as { errorType?: string }).errorType;
}
