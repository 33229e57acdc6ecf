// The vocabulary of the Lambda Runtime API 2018-06-01: paths, headers, statuses, error types.
// Constants only: client and emulator each read the contract by themselves.

export const API_PREFIX = '/2018-06-01';
export const NEXT_PATH: string = `${API_PREFIX}/runtime/invocation/next`;
export const INVOCATION_PATH: string = `${API_PREFIX}/runtime/invocation/`;
export const INIT_ERROR_PATH: string = `${API_PREFIX}/runtime/init/error`;
/** SnapStart (contract, section 3.3). */
export const RESTORE_NEXT_PATH: string = `${API_PREFIX}/runtime/restore/next`;
export const RESTORE_ERROR_PATH: string = `${API_PREFIX}/runtime/restore/error`;
/** Path of the Invoke API that callers use: `/2015-03-31/functions/<name>/invocations`. */
export const INVOKE_PATH_PREFIX = '/2015-03-31/functions/';
/** Of those who take the response as a stream: `…/<name>/response-streaming-invocations`. */
export const STREAM_INVOKE_PATH_PREFIX = '/2021-11-15/functions/';

export const HEADER = {
  requestId: 'lambda-runtime-aws-request-id',
  deadlineMs: 'lambda-runtime-deadline-ms',
  functionArn: 'lambda-runtime-invoked-function-arn',
  traceId: 'lambda-runtime-trace-id',
  clientContext: 'lambda-runtime-client-context',
  cognitoIdentity: 'lambda-runtime-cognito-identity',
  tenantId: 'lambda-runtime-aws-tenant-id',
  invocationId: 'lambda-runtime-invocation-id',
  errorType: 'lambda-runtime-function-error-type',
  xrayErrorCause: 'lambda-runtime-function-xray-error-cause',
  responseMode: 'lambda-runtime-function-response-mode',
} as const;

/** Behind the body of a streamed response that has failed, and the value of the mode header. */
export const TRAILER = {
  errorType: 'Lambda-Runtime-Function-Error-Type',
  errorBody: 'Lambda-Runtime-Function-Error-Body',
} as const;
export const STREAMING_MODE = 'streaming';
export const DEFAULT_STREAM_TYPE = 'application/octet-stream';

export const STATUS = {
  ok: 200,
  accepted: 202,
  badRequest: 400,
  forbidden: 403,
  gone: 410,
  tooLarge: 413,
  internal: 500,
} as const;

/** Error types in the bodies of Runtime API replies (contract, section 1.2). */
export const API_ERROR = {
  invalidRequestId: 'InvalidRequestID',
  invalidStateTransition: 'InvalidStateTransition',
  invokeTimeout: 'InvokeTimeout',
  requestEntityTooLarge: 'RequestEntityTooLarge',
} as const;
