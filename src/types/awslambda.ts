// The types of `globalThis.awslambda`: response streaming and the invoke store.
import type { Writable } from 'node:stream';
import type { BulkheadContext } from '../core/bulkhead-context.ts';
import type { HookRegistration } from '../core/snapshot-hooks.ts';

/** What a streaming handler writes its response to. It has to end it. */
export type ResponseStream = Writable & {
  /** To be called before the first write. */
  setContentType: (contentType: string) => void;
};

/** What comes before the body when the function is called by HTTP. */
export type HttpResponsePrelude = {
  readonly statusCode?: number | undefined;
  readonly headers?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>> | undefined;
  /** As in `Set-Cookie`, one entry each. */
  readonly cookies?: readonly string[] | undefined;
};

/** To be marked by `awslambda.streamifyResponse`. It must be async; what it resolves with is not
 * sent. */
// biome-ignore lint/suspicious/noExplicitAny: what is written for @types/aws-lambda compiles.
export type StreamingHandler<Event = any, Result = any> = (
  event: Event,
  responseStream: ResponseStream,
  context: BulkheadContext,
) => Result | Promise<Result>;

export type StreamingOptions = {
  /** Bytes that the stream takes before `write()` returns false. */
  readonly highWaterMark?: number | undefined;
};

/** What code finds of its invocation without being given the context. The npm package
 * @aws/lambda-invoke-store hands out this very object. */
export type InvokeStore = {
  getContext: () => Record<string | symbol, unknown> | undefined;
  hasContext: () => boolean;
  get: <Value = unknown>(key: string | symbol) => Value | undefined;
  /** @throws Error for a key of the runtime's own. */
  set: <Value = unknown>(key: string | symbol, value: Value) => void;
  run: <Result>(context: Record<string | symbol, unknown>, call: () => Result) => Result;
  /** `-` outside an invocation. */
  getRequestId: () => string;
  getXRayTraceId: () => string | undefined;
  getTenantId: () => string | undefined;
  getTraceparent: () => string | undefined;
  getTracestate: () => string | undefined;
  getBaggage: () => string | undefined;
};

/**
 * The global, for whoever wants to declare it for one module, in the way that clashes with nothing:
 *
 * @example
 * ```ts
 * import type { Awslambda } from 'lambda-bulkhead';
 * declare const awslambda: Awslambda;
 * ```
 */
export type Awslambda = {
  /** Marks the handler, and returns it. */
  // biome-ignore lint/suspicious/noExplicitAny: what is written for @types/aws-lambda compiles.
  streamifyResponse: <Event = any, Result = void>(
    handler: StreamingHandler<Event, Result>,
    options?: StreamingOptions,
  ) => StreamingHandler<Event, Result>;
  HttpResponseStream: {
    /** Sends the prelude before the first bytes. Returns the same stream. */
    from: (responseStream: ResponseStream, prelude: HttpResponsePrelude) => ResponseStream;
  };
  InvokeStore: InvokeStore;
} & HookRegistration;
