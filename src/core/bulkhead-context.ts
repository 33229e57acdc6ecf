// The types of what handlers get as `context`, for those who write handlers in TypeScript.

/** A plain, extensible object that belongs to the handler. It fits wherever the `Context` of
 * @types/aws-lambda is asked for. */
export type BulkheadContext = {
  /** As the caller has sent it: nobody has checked its fields. */
  clientContext: ClientContext | undefined;
  /** As the platform has sent it. */
  identity: CognitoIdentity | undefined;
  invokedFunctionArn: string;
  awsRequestId: string;
  tenantId: string | undefined;
  xRayTraceId: string | undefined;
  /** Milliseconds until the platform's deadline; negative once it has passed. */
  getRemainingTimeInMillis: () => number;
  /** This and the four below are variables that Lambda sets; where one is not set, outside Lambda,
   * the value is undefined all the same. */
  functionName: string;
  functionVersion: string;
  /** A string, as the platform sets it. */
  memoryLimitInMB: string;
  logGroupName: string;
  logStreamName: string;
  /** What the caller has sent in its client context; frozen. Not enumerable. */
  w3c: () => TraceContext;
  /** Whether the result given to a callback waits until nothing is pending in the thread; true
   * unless the handler says otherwise. This and the three below are enumerable in handlers with a
   * callback only. */
  callbackWaitsForEmptyEventLoop: boolean;
  /** Ends the invocation at once, with the error or else with the result. */
  done: (error?: unknown, result?: unknown) => void;
  succeed: (result?: unknown) => void;
  fail: (error?: unknown) => void;
  /** Aborts, with an InvocationAborted, when the invocation must end soon. Not enumerable: a copy
   * of the context does not have it. */
  readonly signal: AbortSignal;
};

/** What AWS's mobile SDKs send; other callers may send any object. */
export type ClientContext = {
  client: {
    installationId: string;
    appTitle: string;
    appVersionName: string;
    appVersionCode: string;
    appPackageName: string;
  };
  Custom?: unknown;
  env: {
    platformVersion: string;
    platform: string;
    make: string;
    model: string;
    locale: string;
  };
};

export type CognitoIdentity = {
  cognitoIdentityId: string;
  cognitoIdentityPoolId: string;
};

/** W3C Trace Context and Baggage: what there is of them. */
export type TraceContext = {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
};

/** Why `context.signal` aborts: the invocation's deadline is near, or the environment stops. */
export type AbortCause = 'deadline' | 'shutdown';

/** `context.signal.reason`: what `fetch` and others that are given the signal reject with. */
export type InvocationAborted = Error & {
  readonly name: 'AbortError';
  readonly code: 'ABORT_ERR';
  readonly reason: AbortCause;
};
