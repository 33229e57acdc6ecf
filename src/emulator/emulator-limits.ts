// Every bound of the emulator, with its unit and where it comes from.

/** Most exchanges kept in the record; the oldest are forgotten first. */
export const EXCHANGES_KEPT_MAX = 1000;
/** Bytes of a request body kept in the record of its exchange. */
export const EXCHANGE_BODY_BYTES_MAX: number = 64 * 1024;

/** Bytes of an invocation's log that the Invoke API returns (Lambda: the last 4 KB). */
export const LOG_TAIL_BYTES_MAX = 4096;
/** A line of the runtime's output longer than this is cut into several, characters. */
export const LOG_LINE_CHARS_MAX: number = 256 * 1024;

/** Largest event of an asynchronous invocation, bytes (contract, section 4.1). */
export const ASYNC_PAYLOAD_BYTES_MAX: number = 1024 * 1024;

/** Events up to this size are framed by their length, larger ones are chunked (section 2). */
export const LENGTH_FRAMED_BYTES_MAX = 2048;
/** Unread request bytes that the server swallows before an early reply; with more to come it
 * closes the connection after the reply (section 8.1). */
export const DISCARDED_BYTES_MAX: number = 256 * 1024;
/** How long a connection that is going to be closed still swallows the rest of a request, ms. */
export const LINGER_MS_MAX = 500;
/** Request line and headers together, bytes: 1 MiB and 4 KiB, then 431 (section 1.2). */
export const REQUEST_HEAD_BYTES_MAX: number = 1024 * 1024 + 4096;

/** Bandwidth of a streamed response, when it is limited as Lambda does: so many bytes at once, then
 * so many a second, in steps of so many ms (section 4.1). */
export const STREAM_BURST_BYTES: number = 6 * 1024 * 1024;
export const STREAM_BYTES_PER_S: number = 2 * 1024 * 1024;
export const STREAM_REFILL_MS = 125;
/** How long the end of a runtime's process is waited for when its stream breaks off, ms: the end
 * says more than the connection does. */
export const LAST_WORD_MS_MAX = 1000;
/** Largest payload of one message of an event stream, bytes; AWS's own readers take 16 MB. */
export const EVENT_PAYLOAD_BYTES_MAX: number = 1024 * 1024;
/** Largest prelude of a streamed HTTP response, bytes; headers beyond it no client would take. */
export const PRELUDE_BYTES_MAX: number = 64 * 1024;

/** Function timeout: Lambda's default and its largest value, ms. */
export const FUNCTION_TIMEOUT_MS = 3000;
export const FUNCTION_TIMEOUT_MS_MAX = 900_000;
/** Time for Init before it is repeated inside the first invocation, ms (section 4.2). */
export const INIT_MS_MAX = 10_000;

/** The same with SnapStart and Managed Instances, unless the function's timeout is longer. */
export const LONG_INIT_MS_MAX = 130_000;
/** Time for a restore and the hooks behind it, ms (section 3.3). */
export const RESTORE_MS_MAX = 10_000;

/** Invocations that may wait behind the running one, by default and at most. */
export const QUEUE_LENGTH_MAX = 100;
export const QUEUE_LENGTH_LIMIT = 100_000;

/** Managed Instances: invocations at once in one environment. */
export const CONCURRENCY_MAX = 1000;
/** Managed Instances: polls that may wait, then 500 (section 1.2). */
export const IDLE_POLLS_MAX = 10_000;
/** Managed Instances: ids of invocations that have timed out that are kept (section 3.2). */
export const TIMED_OUT_IDS_MAX = 1000;
/** Managed Instances: largest body of `/error`, bytes (section 1.2). */
export const SHARED_ERROR_BYTES_MAX: number = 1024 * 1024;

/** Time between SIGTERM and SIGKILL when the emulator is closed, ms (section 4.2: 2 s). */
export const SHUTDOWN_GRACE_MS = 2000;
/** How long a runtime that has reported a failed Init may take to exit by itself, ms. */
export const RETIRE_MS = 500;
/** How long the last output of a dead runtime is waited for, ms; a grandchild may hold the pipe. */
export const OUTPUT_DRAIN_MS_MAX = 500;

/** Longest wait of the promises that tests use, ms. */
export const WAIT_MS = 10_000;
