// The Runtime API as the supervisor sees it: next, respond, init error, and what each reply means
// for the process (contract, section 1.2). One instance per lane.
import type { ErrorPayload } from '../core/error-payload.ts';
import { RuntimeError } from '../core/errors.ts';
import { type Invocation, type InvocationKey, parseInvocation } from '../core/invocation.ts';
import {
  CONNECT_ATTEMPTS_MAX,
  CONNECT_BACKOFF_MS,
  INIT_ERROR_MS_MAX,
  REDELIVERIES_MAX,
} from '../core/limits.ts';
import type { ErrorOutcome, Outcome } from '../core/outcome.ts';
import type { Clock, Receipt, ResponseStream, RuntimeApi, StreamOptions } from '../core/ports.ts';
import { INIT_ERROR_PATH, NEXT_PATH, STATUS } from '../core/runtime-api-spec.ts';
import type { RuntimeApiMoment } from '../core/telemetry-port.ts';
import { describe, text } from './reply-text.ts';
import { toAnswer, toErrorRequest, toStreamHead } from './requests.ts';
import { STREAM_LOST, StreamedAnswer, type StreamedAnswerOptions } from './streamed-answer.ts';
import type { PostHead } from './streamed-post.ts';
import type { Reply, RequestParts, Transport } from './transport.ts';
import { judge, tooOften, unreachable } from './verdict.ts';

type ClientOptions = {
  readonly transport: Transport;
  /** Opens another connection, for an answer that got no reply: on the first one the poll may be
   * parked by then, and nothing passes it. */
  readonly openSecond: () => Transport;
  /** Opens a post that is sent piece by piece, on a connection of its own. */
  readonly openPost: (
    head: PostHead,
    onClosed: StreamOptions['onClosed'],
  ) => StreamedAnswerOptions['post'];
  readonly clock: Clock;
  /** `name/version`, shown as the runtime's release in platform records. */
  readonly userAgent: string;
  readonly onMoment: (moment: RuntimeApiMoment) => void;
  /** For messages: where the Runtime API is. */
  readonly address: string;
};

export class RuntimeApiClient implements RuntimeApi {
  readonly #options: ClientOptions;
  readonly #nextRequest: RequestParts;
  #second: Transport | undefined;
  #stream: ResponseStream | undefined;
  /** The last answer, for the case that it gets lost. */
  #answered: { readonly key: InvocationKey; readonly request: RequestParts } | undefined;
  /** The platform has said that it has that answer. */
  #isAnswerTaken = false;
  #hasPostedInitError = false;
  #isClosed = false;
  #end: RuntimeError | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    const headers = ['user-agent', options.userAgent];
    this.#nextRequest = { method: 'GET', path: NEXT_PATH, headers };
  }

  async next(onSent: () => void): Promise<Invocation> {
    for (let redeliveries = 0; ; ) {
      const reply = await this.#poll(onSent);
      if (reply.status === STATUS.ok) {
        const invocation = parseInvocation(reply.headers, reply.body, reply.firstByteAtMs);
        if (!this.#isAnswered(invocation)) return invocation;
        // An answer has ended the service while this poll was on its way back.
        if (this.#end !== undefined) throw this.#end;
        redeliveries += 1;
        if (redeliveries > REDELIVERIES_MAX) throw tooOften(invocation);
        await this.#answerAgain();
        continue;
      }
      // Some emulators answer 204 when they have nothing; the platform never does.
      if (reply.status !== 204) throw this.#endOfService('GET', NEXT_PATH, reply);
      await this.#pause(CONNECT_BACKOFF_MS);
    }
  }

  async respond(key: InvocationKey, outcome: Outcome, onSent?: () => void): Promise<Receipt> {
    const request = toAnswer(key, outcome);
    this.#answered = { key, request };
    this.#isAnswerTaken = false;
    let reply: Reply;
    let isRepeat = false;
    try {
      reply = await this.#options.transport.exchange(request, onSent);
    } catch (cause) {
      // It is on the wire, and nobody waits for the reply any more.
      if (this.#isClosed) return { kind: 'refused', status: 0 };
      this.#moment('retry', `the answer got no reply (${text(cause)}), sending it again`, key);
      isRepeat = true;
      reply = await this.#repeat(request, key);
    }
    return this.#receiptOf(reply, request.path, key, isRepeat);
  }

  openStream(key: InvocationKey, { contentType, onClosed }: StreamOptions): ResponseStream {
    const head = toStreamHead(key, contentType);
    // It cannot be sent a second time.
    const keepAnswer = (outcome: ErrorOutcome): void => {
      this.#answered = { key, request: toAnswer(key, outcome) };
    };
    keepAnswer(STREAM_LOST);
    this.#isAnswerTaken = false;
    this.#stream = new StreamedAnswer({
      post: this.#options.openPost(head, onClosed),
      receiptOf: (reply) => this.#receiptOf(reply, head.path, key, false),
      onLost: (cause) => {
        this.#moment('refused', `the streamed response was cut short: ${text(cause)}`, key);
        return { kind: 'refused', status: 0 };
      },
      onFailed: keepAnswer,
    });
    return this.#stream;
  }

  async initError(error: ErrorPayload, headerType: string): Promise<void> {
    if (this.#hasPostedInitError) return;
    this.#hasPostedInitError = true;
    const request = toErrorRequest(INIT_ERROR_PATH, [], { error, headerType });
    try {
      const reply = await this.#inTime(this.#options.transport.exchange(request));
      if (reply.status !== STATUS.accepted) {
        this.#moment(
          'init_error_failed',
          `POST ${INIT_ERROR_PATH} was answered ${describe(reply)}`,
        );
      }
    } catch (cause) {
      this.#moment('init_error_failed', `POST ${INIT_ERROR_PATH} got no reply: ${text(cause)}`);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stream?.abort('the process ends');
    await Promise.all([this.#options.transport.close(), this.#second?.close()]);
  }

  /** The platform hands out an event anew when it asked for the next before it had the answer: a
   * connection was lost between the two. It must not run twice. */
  #isAnswered({ requestId, invocationId }: Invocation): boolean {
    const key = this.#answered?.key;
    // Without an id of the attempt, a retry looks like the attempt before it. It cannot be the same
    // one when that is over for the platform.
    if (invocationId === undefined && this.#isAnswerTaken) return false;
    return key !== undefined && key.requestId === requestId && key.invocationId === invocationId;
  }

  async #answerAgain(): Promise<void> {
    if (this.#answered === undefined) return;
    const { key, request } = this.#answered;
    this.#moment('retry', 'the event came again, its answer is sent again', key);
    this.#receiptOf(await this.#repeat(request, key), request.path, key, true);
  }

  /** A poll that lost its socket is asked anew: only then can no dead waiter eat an event. */
  async #poll(onSent: () => void): Promise<Reply> {
    for (let attempt = 1; ; attempt += 1) {
      const parkedAtMs = this.#options.clock.nowMonotonicMs();
      try {
        return await this.#options.transport.exchange(this.#nextRequest, onSent);
      } catch (cause) {
        if (this.#isClosed) throw cause;
        // A connection that had lasted is a fresh misfortune, not one more of the same.
        const lastedMs = this.#options.clock.nowMonotonicMs() - parkedAtMs;
        if (lastedMs > CONNECT_BACKOFF_MS * 2 ** CONNECT_ATTEMPTS_MAX) attempt = 1;
        if (attempt >= CONNECT_ATTEMPTS_MAX)
          throw unreachable(cause, attempt, this.#options.address);
        this.#moment('retry', `the poll got no reply (${text(cause)}), asking again`);
        await this.#pause(CONNECT_BACKOFF_MS * 2 ** (attempt - 1));
      }
    }
  }

  async #repeat(request: RequestParts, key: InvocationKey): Promise<Reply> {
    const second = this.#options.openSecond();
    this.#second = second;
    try {
      return await second.exchange(request);
    } catch (cause) {
      // The next poll decides: it reconnects, or gives up with a reason.
      this.#moment('unreachable', `the answer could not be delivered: ${text(cause)}`, key);
      return { status: 0, headers: {}, body: new Uint8Array() };
    } finally {
      await second.close();
    }
  }

  #receiptOf(reply: Reply, path: string, key: InvocationKey, isRepeat: boolean): Receipt {
    const { status } = reply;
    const verdict = judge(reply, isRepeat);
    if (verdict === 'fatal') throw this.#endOfService('POST', path, reply);
    if (verdict === 'accepted') this.#isAnswerTaken = true;
    else if (status !== 0) this.#moment('refused', describe(reply), key, status);
    return { kind: verdict, status };
  }

  #endOfService(method: string, path: string, reply: Reply): RuntimeError {
    this.#end = new RuntimeError(
      reply.status === STATUS.forbidden ? 'Runtime.IllegalStateTransition' : 'Runtime.ApiFailure',
      `Cannot go on serving: ${method} ${path} was answered ${describe(reply)}`,
    );
    return this.#end;
  }

  #moment(
    event: RuntimeApiMoment['event'],
    detail: string,
    key?: InvocationKey,
    status?: number,
  ): void {
    this.#options.onMoment({
      event,
      detail,
      ...(key === undefined ? {} : { requestId: key.requestId }),
      ...(status === undefined ? {} : { status }),
    });
  }

  async #inTime(exchange: Promise<Reply>): Promise<Reply> {
    const { clock } = this.#options;
    const { promise, reject } = Promise.withResolvers<never>();
    const cancel = clock.scheduleAt(clock.nowEpochMs() + INIT_ERROR_MS_MAX, () => {
      reject(new Error(`${INIT_ERROR_MS_MAX} ms have passed`));
    });
    try {
      return await Promise.race([exchange, promise]);
    } finally {
      cancel();
    }
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      clock.scheduleAt(clock.nowEpochMs() + ms, resolve);
    });
  }
}
