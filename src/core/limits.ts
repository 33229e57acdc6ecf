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

/** The soft deadline lies this share of the budget before the watchdog's answer, at most
 * SOFT_LEAD_MS_MAX, ms: measured from the answer, so that there is always time between the two. */
export const SOFT_LEAD_SHARE = 0.1;
export const SOFT_LEAD_MS_MAX = 1000;

/** Share of the margin in which evidence is collected, and the longest that may take, ms: the
 * larger part is the answer's, which has to get through on a machine that is busy. */
export const EVIDENCE_SHARE = 0.4;
export const EVIDENCE_MS_MAX = 500;
/** A timer that is later than this tells of a machine that has no time, ms. */
export const LATENESS_MS_MIN = 5;

/** Who has been given less than this is not looked at, ms: the answer needs all of the margin. No
 * function has so short a timeout, but an event may come late. */
export const LOOK_BUDGET_MS_MIN = 500;

/** A lane whose worker was lost waits for the replacement at most until this long before the
 * finished invocation's deadline, then polls: the platform counts the time until the next poll. */
export const REPOLL_GUARD_MS = 30;

/** At most this share of a pause is taken off at random, so that many do not retry at once. */
export const START_JITTER_SHARE = 0.5;

/** A worker is recycled for its heap after that many invocations in a row that left too much. */
export const RECYCLE_HEAP_STREAK = 5;

/** How long a retired thread's exit listeners may run before it is terminated, ms. */
export const RETIRE_MS_MAX = 1000;

/** How long `terminate()` may take before the thread counts as stuck, ms (2–5 ms is usual). */
export const TERMINATE_MS_MAX = 1000;

/** The same for a thread that gets too little of a processor to end, ms: in that it has done next
 * to nothing. */
export const STARVED_MS_MAX = 15_000;

/** How often it is called in that time while the thread stays (docs/adr/0008-evidence.md). */
export const TERMINATE_CALLS = 5;

/** Stuck threads a process bears by default before it ends on purpose, and the most to ask for. */
export const STUCK_LIMIT = 2;
export const STUCK_LIMIT_MAX = 1000;

/** Workers that die outside an invocation (between two, or before the first) within
 * RESTART_PERIOD_S, s, before the runtime gives up, and the most to ask for. */
export const RESTART_LIMIT = 60;
export const RESTART_LIMIT_MAX = 100_000;
export const RESTART_PERIOD_S = 60;

/** Deaths of the process in a row, without an answered invocation in between, after which the
 * guardian gives up, and lives of it in one environment. `guardian/bootstrap.sh` has them too. */
export const GUARDIAN_DEATHS_MAX = 3;
export const GUARDIAN_LIVES_MAX = 256;

/** How long after an answer the crash journal may still name its invocation, ms: a next process
 * would answer it again, and be refused. It spares a busy lane every second write. */
export const JOURNAL_SETTLE_MS = 50;

/** Pause between two looks whether an event has gone to the poll of a dead process, ms; doubled
 * from the first to the last. */
export const LOST_POLL_PAUSE_MS = 10;
export const LOST_POLL_PAUSE_MS_MAX = 200;

/** How long the platform has to take an answer given in the name of a dead process, ms. */
export const RECOVERY_ANSWER_MS_MAX = 5000;

/** How long invocations in flight may run on after SIGTERM, ms. The platform kills the process
 * 500 ms after SIGTERM with an internal extension (contract, section 4.2). */
export const DRAIN_MS_MAX = 300;

/** How long the answers that the end of the grace has caused may take to be delivered, ms. */
export const DRAIN_ANSWER_MS_MAX = 150;

/** How long the reply to an init error is waited for, ms: the process is to end, reply or not. */
export const INIT_ERROR_MS_MAX = 1000;

/** How long the after-restore hooks may run, ms: the platform ends the environment after 10 s, in
 * which the restore itself counts (contract, section 3.3), and tells nobody what took so long. */
export const RESTORE_HOOKS_MS_MAX = 9500;

/** How long work may go on after an answer before it counts as left behind, ms: sockets take a
 * moment to close, and pools to take them back. */
export const LEFTOVER_SETTLE_MS = 100;

/** Attempts to reach the Runtime API before the process gives up, and the first pause, ms. */
export const CONNECT_ATTEMPTS_MAX = 5;
export const CONNECT_BACKOFF_MS = 100;

/** Pause after the n-th failed start of a worker in a row: START_BACKOFF_MS * 2^(n-1), at most
 * START_BACKOFF_MS_MAX. After START_FAILURES_MAX in a row the runtime gives up; beside a worker
 * that serves it goes on, with START_REST_MS between two tries. */
export const START_BACKOFF_MS = 100;
export const START_BACKOFF_MS_MAX = 5000;
export const START_FAILURES_MAX = 10;
export const START_REST_MS = 60_000;

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

/** Memory of the process outside the workers' JavaScript heaps, MB: V8, the supervisor, stacks, and
 * what one worker has besides its heap (docs/adr/0012-memory.md). */
export const PROCESS_RESERVE_MB = 48;
/** What each further lane's worker needs besides its heap, and what a standby needs in all, MB. */
export const WORKER_RESERVE_MB = 12;
export const STANDBY_RESERVE_MB = 16;
/** Smallest heap limit given to a worker, MB: less cannot load a common handler. */
export const WORKER_HEAP_MB_MIN = 48;

/** Share of the memory that is kept free while a worker can be ended for it, and its bounds, MB:
 * the kernel and the code of Node itself live there as well. */
export const MEMORY_SPARE_SHARE = 0.05;
export const MEMORY_SPARE_MB_MIN = 16;
export const MEMORY_SPARE_MB_MAX = 64;
/** How long it takes until a thread that has to be ended takes no more memory, ms: the next look,
 * its answer, its end. Memory that grows steadily is judged by what it will be by then. */
export const MEMORY_REACTION_MS = 15;
/** Steady growth is what has gone on for this long, ms: several collections of garbage of V8's. */
export const MEMORY_GROWTH_MS = 30;
/** Bytes of a streamed response that may be on their way from a worker to the kernel: all that the
 * supervisor ever holds of it (docs/adr/0014-streaming.md). */
export const STREAM_WINDOW_BYTES: number = 256 * 1024;
/** Largest piece in which they cross from thread to thread, bytes: the first of a large write is on
 * the wire while the next is copied. */
export const STREAM_PIECE_BYTES_MAX: number = 64 * 1024;
/** What each piece counts besides its bytes: what a write that waits takes in the supervisor, bytes
 * (measured: 430 to 590 of heap). Many small ones would otherwise hold far more than the window. */
export const STREAM_MESSAGE_BYTES = 1024;
/** What has left goes back to the worker as credit in portions of at least this, bytes: one message
 * for many small chunks. With a quarter of the window it never waits for more than there is. */
export const STREAM_CREDIT_BYTES: number = STREAM_WINDOW_BYTES / 4;
/** Largest error object in the trailers of a streamed response, bytes of JSON: Go's HTTP server,
 * which the platform is, refuses trailers of more than 4 KiB in all, and base64 adds a third. */
export const STREAM_ERROR_BYTES_MAX = 2800;

/** Longest and shortest pause between two looks at the memory, ms, and how fast a handler can fill
 * it, MB per ms (measured: 1.2 on a busy machine). */
export const MEMORY_LOOK_MS = 50;
export const MEMORY_LOOK_MS_MIN = 5;
export const MEMORY_FILL_MB_PER_MS = 4;
/** How long a busy worker may take to say what it uses, ms: inside a native call, and while V8
 * collects garbage, it says nothing. */
export const MEMORY_ASK_MS_MAX = 20;
/** A heap takes up to that many times what is in use of it: pages that are half full, copies. */
export const HEAP_SLACK = 1.25;
/** A silent thread under which memory grows by that much meanwhile, MB, collects no garbage. */
export const MEMORY_SILENT_GROWTH_MB = 4;
/** When twice the spare memory is all that is left, V8 is made to collect garbage fully, for so
 * long, ms, and then not for a while, ms: it costs the handler time. */
export const MEMORY_HELP_MS = 50;
export const MEMORY_HELP_PAUSE_MS = 1000;
/** How long nobody else is ended after one was while its memory is not given back, ms. */
export const MEMORY_CALM_MS = 1000;
/** Pause before the next look when there was nobody to end, ms. */
export const MEMORY_RETRY_MS = 20;
/** A worker is ended only if that much comes back: a share of the limit, and its bounds, MB. */
export const MEMORY_GAIN_SHARE = 0.05;
export const MEMORY_GAIN_MB_MIN = 16;
export const MEMORY_GAIN_MB_MAX = 128;

/** What a worker holds between invocations is judged by that many results. */
export const HELD_RESULTS = 8;
/** Shares of a worker's memory: a heap that stays fuller, or heap and the rest together, is
 * replaced, if at least HELD_GROWTH_SHARE of it has come since the worker was fresh. */
export const HELD_HEAP_SHARE = 0.9;
export const HELD_SHARE = 0.8;
export const HELD_GROWTH_SHARE = 0.25;
/** Memory outside the heap that grew with each of the last HELD_STEPS results is replaced when
 * HELD_STEPS_AHEAD such steps more, and a replacement, would fill the worker's share. */
export const HELD_STEPS = 4;
export const HELD_STEPS_AHEAD = 6;
/** V8 looks for dead `ArrayBuffer`s only when so many MB have come (measured: 64 to 96). */
export const EXTERNAL_GARBAGE_MB = 96;

/** Most events at once and most threads to be asked for (Managed Instances). */
export const LANES_MAX = 10_000;
export const THREADS_MAX = 1000;
/** Threads for each processor by default, as the reference client has them (row A10.2). */
export const THREADS_PER_CPU = 8;
/** Files that each thread and each lane have open, and what is kept for the process and handlers:
 * Managed Instances allow 4,096 in all (contract, section 3.2). A thread has 5 (Node 22, 24, 26),
 * and so has the one that takes its place while it still ends; a lane has its connection. */
export const THREAD_FILES = 10;
export const LANE_FILES = 1;
export const PROCESS_FILES = 512;

/** How long an event may wait in front of a thread before it goes to another, ms; twice as long
 * after each move (docs/adr/0023-managed-instances.md). */
export const OFFER_MS = 5;
/** While nobody disturbs a thread, threads get so many invocations each before another one is used:
 * to wake one for each costs twice the processor time, and the heaps of all of them grow. Whoever
 * blocks one for BLOCKED_MS, or ends it, ends that for SPREAD_MS, ms; on a busy machine any thread
 * may have to wait for less. */
export const CALM_LOAD = 16;
export const BLOCKED_MS = 25;
export const SPREAD_MS = 60_000;
/** How long a thread that one invocation blocks may go on past the deadline of another, ms. */
export const HELD_GRACE_MS = 1000;
/** How long a thread may be silent whose code was seen to run at its deadline before its neighbours
 * are told that it is blocked, ms: it may be in the middle of a short piece of work. */
export const OWN_GRACE_MS = 100;
/** What a thread that shares its loop has to say that it turns, ms, when metrics are read. */
export const PING_MS_MAX = 250;
