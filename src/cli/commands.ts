// Every command and flag in one table: parsing, refusals and --help all read it.
import { CACHE_FOLDER } from '../core/compile-cache.ts';
import { SETTING_ROWS } from '../core/setting-rows.ts';

export type Flag = {
  readonly name: `--${string}`;
  /** Name of its value in the help; undefined for a switch. */
  readonly value: string | undefined;
  readonly does: string;
  readonly byDefault?: string;
};

export type Command = {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly about: readonly string[];
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  readonly exitCodes: readonly string[];
};

/** Meaning of the exit codes, from 0 up. */
export const EXIT_CODES: readonly string[] = [
  'success',
  'the function failed: it threw, timed out or crashed',
  'wrong usage: an unknown flag or setting, a bad value, an event that is not JSON',
  'the function could not start: the handler is missing, or its file failed to load',
  'this machine is in the way: a port in use, a Node.js that is too old',
];

const SETTING_FLAGS: readonly Flag[] = SETTING_ROWS.filter(({ flag }) => flag !== undefined).map(
  (row) => ({
    name: row.flag as Flag['name'],
    value: 'VALUE',
    does: `${row.does} Accepts ${row.accepts}. [${row.variable}]`,
    byDefault: row.byDefault,
  }),
);

const FUNCTION_FLAGS: readonly Flag[] = [
  {
    name: '--timeout',
    value: 'SECONDS',
    does: 'Timeout of the function, 0.1 to 900.',
    byDefault: '3',
  },
  {
    name: '--memory',
    value: 'MB',
    does: 'Memory of the function, 128 to 10240.',
    byDefault: '1024',
  },
  {
    name: '--env',
    value: 'NAME=VALUE',
    does: 'Sets a variable in the environment of the function; repeatable.',
  },
];

const EVENT_FLAG: Flag = {
  name: '--event',
  value: 'FILE|-|JSON',
  does: 'The event: a file, "-" for stdin, or JSON itself.',
  byDefault: '{}',
};

const DEV: Command = {
  name: 'dev',
  usage: 'bulkhead dev HANDLER [options]',
  summary: 'serve the handler on this machine behind the Lambda Invoke API',
  about: [
    'Runs the handler as Lambda does and takes events by HTTP: curl, the AWS CLI and the AWS SDKs',
    'work against it. Reloads the handler when a file below the current folder changes.',
  ],
  flags: [
    { name: '--port', value: 'PORT', does: 'Port to listen on; 0 picks one.', byDefault: '9000' },
    { name: '--host', value: 'HOST', does: 'Address to listen on.', byDefault: '127.0.0.1' },
    {
      name: '--name',
      value: 'NAME',
      does: 'Name of the function in the URL and in the environment.',
      byDefault: 'function',
    },
    {
      name: '--function-url',
      value: 'PORT',
      does: 'Also serves a Function URL there: each HTTP request is an event; 0 picks a port.',
      byDefault: 'off',
    },
    {
      name: '--concurrency',
      value: 'N',
      does: 'Managed Instances: up to N events at once in one process, 1 to 1000.',
      byDefault: 'off, one event at a time',
    },
    ...FUNCTION_FLAGS,
    { name: '--no-watch', value: undefined, does: 'Does not reload when a file changes.' },
    ...SETTING_FLAGS,
  ],
  examples: [
    'bulkhead dev examples/hello.handler',
    'bulkhead dev dist/app.handler --port 9100 --timeout 30 --env TABLE=orders',
    'bulkhead dev dist/app.handler --function-url 9001',
    'bulkhead dev dist/app.handler --concurrency 8',
  ],
  exitCodes: EXIT_CODES,
};

const INVOKE: Command = {
  name: 'invoke',
  usage: 'bulkhead invoke HANDLER [options]',
  summary: 'run the handler once and print its result',
  about: [
    'Sends one event through the whole runtime. The payload that Lambda would return, a result or',
    'an error, is on stdout; everything that is logged is on stderr; the exit code says which.',
  ],
  flags: [
    EVENT_FLAG,
    { name: '--client-context', value: 'JSON', does: 'The client context, as a JSON object.' },
    { name: '--tenant-id', value: 'ID', does: 'The tenant the event belongs to.' },
    ...FUNCTION_FLAGS,
    ...SETTING_FLAGS,
  ],
  examples: [
    `bulkhead invoke examples/hello.handler --event '{"name":"Ada"}'`,
    'bulkhead invoke app.handler --event event.json --timeout 30',
    'cat event.json | bulkhead invoke app.handler --event -',
  ],
  exitCodes: EXIT_CODES,
};

const START: Command = {
  name: 'start',
  usage: 'bulkhead start [HANDLER]',
  summary: 'serve the Lambda Runtime API: what a container image or a bootstrap starts',
  about: [
    'Takes events from the address in AWS_LAMBDA_RUNTIME_API, which Lambda sets. HANDLER counts',
    'before the variable _HANDLER; files are looked for in the current folder, then in',
    'LAMBDA_TASK_ROOT. Settings are environment variables:',
    ...SETTING_ROWS.map((row) => `  ${row.variable}  (default: ${row.byDefault})`),
  ],
  flags: [],
  examples: ['bulkhead start app.handler', '_HANDLER=app.handler bulkhead start'],
  exitCodes: [
    'told to stop, every event in hand has been answered',
    'the handler failed to load, or the Runtime API made going on pointless',
    'wrong usage: no handler, an unknown or bad setting, not inside Lambda',
  ],
};

const WARM: Command = {
  name: 'warm',
  usage: 'bulkhead warm HANDLER --out DIR [options]',
  summary: 'compile the handler at build time, for shorter cold starts',
  about: [
    'Loads the handler as "start" does and keeps what Node.js has compiled for it and for the runtime',
    'in DIR. Ship DIR with the code, at the same place beside it: "start" finds it when it is',
    `${CACHE_FOLDER} in the task root, else by BULKHEAD_COMPILE_CACHE. Run it with the Node.js, and on`,
    'the kind of machine, that will run the function. The handler is loaded and not called.',
  ],
  flags: [
    {
      name: '--out',
      value: 'DIR',
      does: 'The folder; what it has for the same Node.js is replaced.',
    },
    ...FUNCTION_FLAGS.filter(({ name }) => name !== '--timeout'),
    ...SETTING_FLAGS.filter(({ name }) => name === '--typescript'),
  ],
  examples: [
    `bulkhead warm app.handler --out ${CACHE_FOLDER}`,
    `bulkhead warm app.handler --out ${CACHE_FOLDER} --env TABLE=orders`,
  ],
  exitCodes: EXIT_CODES,
};

/** All processes of a bench would serve their metrics on one port; reports it asks for itself. */
const NOT_FOR_BENCH: readonly string[] = ['--metrics-port', '--report'];

const BENCH: Command = {
  name: 'bench',
  usage: 'bulkhead bench HANDLER [options]',
  summary: 'measure what the runtime costs the handler, cold and warm',
  about: [
    'Starts the function several times, then sends it one event after the other: under Bulkhead, on',
    'the main thread without isolation, and under aws-lambda-ric where the function has it installed.',
    'They take turns. Prints cold starts and their steps, the warm loop, and the phases in it.',
  ],
  flags: [
    EVENT_FLAG,
    {
      name: '--invocations',
      value: 'N',
      does: 'Invocations of each in the warm loop, after a quarter as many to warm up.',
      byDefault: '1000, for a slow handler what fits into 10 s',
    },
    { name: '--cold-starts', value: 'N', does: 'Cold starts of each.', byDefault: '10' },
    { name: '--html', value: 'FILE', does: 'Also writes a page with plots, complete in one file.' },
    { name: '--json', value: undefined, does: 'Prints all single figures as JSON, no tables.' },
    ...FUNCTION_FLAGS,
    ...SETTING_FLAGS.filter(({ name }) => !NOT_FOR_BENCH.includes(name)),
  ],
  examples: [
    'bulkhead bench examples/hello.handler',
    'bulkhead bench app.handler --event event.json --html bench.html',
  ],
  exitCodes: EXIT_CODES,
};

export const COMMANDS: readonly Command[] = [START, DEV, INVOKE, WARM, BENCH];
