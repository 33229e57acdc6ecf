// Every bound of the product, with its unit and its reason. Nothing here depends on configuration.

/** Largest event and largest buffered response, bytes (6 MiB + 100; contract, section 4.1). */
export const PAYLOAD_BYTES_MAX: number = 6 * 1024 * 1024 + 100;

/** Largest body of an error report, bytes. The platform refuses more than 1 MiB; keep room for the
 * header block (contract, section 1.2, row 413). */
export const ERROR_BODY_BYTES_MAX: number = 960 * 1024;

/** Largest header block accepted from the Runtime API, bytes (a client context may be large). */
export const HEADER_BYTES_MAX: number = 1024 * 1024;

/** Default distance between the watchdog and the platform's deadline, ms. */
export const DEADLINE_MARGIN_MS = 100;
/** Longest margin a user may set, ms. */
export const DEADLINE_MARGIN_MS_MAX = 60_000;
/** The margin never takes more than this share of an invocation's budget. */
export const DEADLINE_MARGIN_SHARE_MAX = 0.1;

/** The soft deadline lies this share of the budget before the deadline, at most
 * SOFT_LEAD_MS_MAX, ms. */
export const SOFT_LEAD_SHARE = 0.1;
export const SOFT_LEAD_MS_MAX = 1000;

/** A lane whose worker was lost waits for the replacement at most until this long before the
 * finished invocation's deadline, then polls: the platform counts the time until the next poll. */
export const REPOLL_GUARD_MS = 30;

/** How long `terminate()` may take before the thread counts as stuck, ms (2–5 ms is usual). */
export const TERMINATE_MS_MAX = 1000;

/** How long invocations in flight may run on after SIGTERM, ms. The platform kills the process
 * 500 ms after SIGTERM with an internal extension (contract, section 4.2). */
export const DRAIN_MS_MAX = 300;

/** How long the answers that the end of the grace has caused may take to be delivered, ms. */
export const DRAIN_ANSWER_MS_MAX = 150;

/** How long the reply to an init error is waited for, ms: the process is to end, reply or not. */
export const INIT_ERROR_MS_MAX = 1000;

/** Attempts to reach the Runtime API before the process gives up, and the first pause, ms. */
export const CONNECT_ATTEMPTS_MAX = 5;
export const CONNECT_BACKOFF_MS = 100;

/** Pause after the n-th failed start of a worker in a row: START_BACKOFF_MS * 2^(n-1), at most
 * START_BACKOFF_MS_MAX. After START_FAILURES_MAX in a row the runtime gives up. */
export const START_BACKOFF_MS = 100;
export const START_BACKOFF_MS_MAX = 5000;
export const START_FAILURES_MAX = 10;

/** A replacement may take START_LIMIT_TIMES as long to start as the slowest start so far, and at
 * least START_LIMIT_MS_MIN, ms: Lambda's own limit for Init. */
export const START_LIMIT_MS_MIN = 10_000;
export const START_LIMIT_TIMES = 3;

/** Most standby workers a user may ask for. */
export const STANDBY_MAX = 16;
/** Functions with at least this much memory, MB, get one standby by default. */
export const STANDBY_MEMORY_MB_MIN = 512;

/** Young generation of a worker's heap, MB. V8 ends the whole process, not the thread, when one
 * collection promotes more than Node's 16 MB of grace beyond the limit; with 8 MB none of the
 * tested shapes does so on Node 22, 24 and 26, with the default most do on 24 and 26. The price is
 * more frequent small collections (docs/adr/0006-young-generation.md). */
export const WORKER_YOUNG_MB = 8;

/** Bodies up to this size may be followed by the next poll on the same connection without waiting
 * for the reply, bytes: beyond, a refusal may close the connection (contract, section 8.2). */
export const PIPELINED_BODY_BYTES_MAX: number = 256 * 1024;
/** How often the platform may hand out an event anew whose answer it has taken. */
export const REDELIVERIES_MAX = 3;

/** Memory of the process outside the workers' JavaScript heaps, MB: V8, the supervisor, stacks. */
export const PROCESS_RESERVE_MB = 48;
/** Smallest heap limit given to a worker, MB: less cannot load a common handler. */
export const WORKER_HEAP_MB_MIN = 48;
