// The rows of the reference client's behaviour, each with what it is about.

/** By section; `T` are the traps of threads, `N` what was measured beyond the rows. */
export const SECTIONS: Readonly<Record<string, string>> = {
  A1: 'Start-up, environment, process',
  A2: 'Handler string and module resolution',
  A3: 'Context, InvokeStore, tracing',
  A4: 'The loop of buffered invocations',
  A5: 'Callbacks',
  A6: 'Errors',
  A7: 'Console and log bytes',
  A8: 'Response streaming',
  A9: 'Transport',
  A10: 'Several events at once (Managed Instances)',
  A11: 'Installation',
  A12: 'The reference client after 4.0.2',
  T: 'Traps of running in a thread',
  N: 'Measured beyond the rows',
};

const TITLES: Readonly<Record<string, readonly string[]>> = {
  'A1.': [
    ...['entry', 'source of the handler string', 'task root', 'address of the Runtime API'],
    ...['missing address', 'order of the start', 'native addon missing'],
    ...['variables each invocation needs', 'variables that are read', 'variables that are written'],
    ...['verbose log', 'managed bootstrap, NODE_PATH'],
  ],
  'A2.': [
    ...[
      'two dots in a row',
      'splitting the name',
      'no dot',
      'absolute root',
      'order of candidates',
    ],
    ...['require or import', 'folder of the same name', 'node_modules', 'package type'],
    ...['ES module without extension', 'TypeScript', 'top-level await', 'nested exports'],
    ...['default export', 'not found, not a function', 'SyntaxError', 'missing module'],
    ...['three parameters', '`this`', 'arguments'],
  ],
  'A3.': [
    ...['keys of the context', 'members of version 3', 'remaining time', 'deadline header'],
    ...['required headers', 'memory limit', 'client context', 'identity', 'tenant id'],
    ...['X-Ray trace id', '_X_AMZN_TRACE_ID', 'case of headers', 'InvokeStore'],
    ...['one store or many', 'tenant in the store', 'opt-out', 'globals for log libraries'],
  ],
  'A4.': [
    ...['the loop', 'result as JSON', 'no JSON', 'function or symbol', 'plain value', 'thenable'],
    ...['work left pending', 'promise that never settles', 'event as JSON', 'bytes of the event'],
    ...['request id in the path', 'refused answers', 'handler blocked by the upload', 'size limit'],
    ...['failed polls', 'user agent'],
  ],
  'A5.': [
    ...['callback', 'waiting for an empty loop', 'done, succeed, fail', 'forgotten callback'],
    ...['result of a promise', 'warning', 'second completion'],
  ],
  'A6.': [
    ...['error body', 'what counts as an error', 'other values', 'unreadable errors'],
    ...[
      'headers of an error',
      'X-Ray cause',
      'no cause',
      'size of the cause',
      'bytes of the cause',
    ],
    ...['log line', 'text of the line', 'error at Init', 'odd name at Init', 'names'],
    ...['unhandled rejection', 'uncaught exception', 'listeners of the user', 'exit codes'],
    ...['one answer'],
  ],
  'A7.': [
    ...['console methods', 'level', 'format', 'TEXT line', 'JSON line', 'one argument'],
    ...['several arguments', 'error line, TEXT', 'error line, JSON', 'telemetry descriptor'],
    ...['frame', 'payload of a frame', 'whole frames', 'socket of Managed Instances'],
    ...['stdout at the end of a process', 'prints of native code'],
  ],
  'A8.': [
    ...['mark', 'other mark', 'request', 'stream object', 'write', 'content type', 'prelude'],
    ...['prelude without a write', 'highWaterMark', 'completion', 'no end', 'not async', 'errors'],
    ...['error and the next poll', 'broken connection', 'caller hangs up', 'no waiting'],
    ...['backpressure', 'trailers'],
  ],
  'A9.': [
    ...['HTTP clients', 'proxies', 'connections', 'I/O pool', 'one socket for streams'],
    ...['status of replies', 'replaced node:http', 'build type', 'size of headers'],
  ],
  'A10.': [
    ...['switch', 'worker count', 'workers', 'flags of workers', 'events in one worker'],
    ...['death of a worker', 'retries', 'X-Ray', 'readiness', 'callbacks on Node 22'],
  ],
  'A11.': ['install scripts', 'ABI', 'dependencies'],
  'A12.': [
    ...['working folder', 'tenant in the store', 'context.w3c()', 'store of 0.3.0'],
    ...['callers of the store', 'scope', 'unit suites', 'integration suites'],
  ],
  T: [
    ...['chdir', 'signals', 'exit', 'environment', 'stdout', 'stdin', 'native addons', 'preloads'],
    ...['globals', 'async context', 'process members', 'identity of the thread', 'nested threads'],
    ...['shared I/O pool', 'memory', 'inspector', 'listeners', 'structured clone', 'stdout.fd'],
    ...['rewritten handler', 'addon loaded again', 'flush at exit'],
  ],
  N: [
    ...['no Content-Type', 'crash while a poll is parked', 'what sends the same event again'],
    ...['values that cannot be printed', 'workers of Managed Instances', 'AsyncLocalStorage leaks'],
  ],
};

/** Every row by its name, in order. */
export const ROWS: ReadonlyMap<string, string> = new Map(
  Object.entries(TITLES).flatMap(([prefix, titles]) =>
    titles.map((title, index) => [`${prefix}${index + 1}`, title] as const),
  ),
);

/** Name of the section that a row is in. */
export function sectionOf(row: string): string {
  return row.includes('.') ? (row.split('.')[0] ?? '') : row.replace(/\d+$/, '');
}
