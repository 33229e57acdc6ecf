// The runtime's output -> lines that are easy to read at a terminal. What it does not know, a
// handler's own format for one, it leaves as it is.
import type { LogEntry } from '../emulator/emulator-options.ts';
import { EXIT } from './cli-error.ts';

/** The line to show, or undefined when it says nothing that a person needs. */
export function toReadable({
  source,
  line,
}: Pick<LogEntry, 'source' | 'line'>): string | undefined {
  if (source === 'platform') return readPlatformLine(line);
  const runtimeLine = parseRuntimeLine(line);
  if (runtimeLine !== undefined) return readRuntimeLine(runtimeLine);
  return readConsoleLine(line) ?? readJsonLine(line) ?? line;
}

const ID_CHARACTERS = 8;

/** Stack frames of this package and of Node.js: they are the same in every stack. */
const OWN_FRAME = /\/workers\/handler-\w+\.[jt]s:|\/dist\/bootstrap\/workers\/|\bnode:/;

const REFUSED =
  `${head('runtime', 'ERROR')} Cannot start the runtime with this environment: correct what it ` +
  'says above, then run "bulkhead dev" again';

/** START and END tell nothing more than REPORT does. */
function readPlatformLine(text: string): string | undefined {
  // Of an Init that failed the worker has told; what remains is that the process has ended.
  if (/^(?:START|END) RequestId: |^INIT_REPORT Status: error/.test(text)) return undefined;
  // The runtime has said itself what it cannot use; a reload does not change the environment.
  if (text === `Error: Runtime exited with error: exit status ${EXIT.usage}`) return REFUSED;
  // What the emulator itself has to say of a response; errors are the platform's own words.
  const remark = /^RequestId: (\S+) (?!Error: )(.*)$/s.exec(text);
  if (remark !== null) return `${head(remark[1], 'WARN')} ${remark[2]}`;
  const report = /^REPORT RequestId: (\S+)\tDuration: ([\d.]+) ms/.exec(text);
  if (report === null) return text;
  const [, requestId, durationMs = ''] = report;
  const status = /\tStatus: (\w+)/.exec(text)?.[1];
  const errorType = /\tError Type: (\S+)/.exec(text)?.[1];
  const initMs = /\tInit Duration: ([\d.]+) ms/.exec(text)?.[1];
  const outcome = status === undefined ? '✓ ok' : `✗ ${errorType ?? status}`;
  const init = initMs === undefined ? '' : `, init ${readableMs(initMs)}`;
  return `${shortId(requestId)}  ${outcome}  ${readableMs(durationMs)}${init}`;
}

/** A line of the handler's console: time, request id, level, text (row A7.1). */
function readConsoleLine(text: string): string | undefined {
  const line = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t(\S*)\t([A-Z]+)\t(.*)$/s.exec(text);
  if (line === null) return undefined;
  const [, requestId, level = '', message = ''] = line;
  return `${head(requestId, level)} ${readErrorReport(message) ?? message.replaceAll('\r', '\n')}`;
}

/** Fields of a console line in JSON; a line with others is a handler's own. */
const JSON_FIELDS: readonly string[] = [
  'timestamp',
  'level',
  'requestId',
  'tenantId',
  'message',
  'errorType',
  'errorMessage',
  'stackTrace',
];

/** The same in the log format JSON, which is the default of Managed Instances (row A7.6). */
function readJsonLine(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  const line = parseJson(text) as { readonly [field: string]: unknown };
  const { timestamp, level, requestId, message } = line;
  const isOurs = typeof timestamp === 'string' && typeof level === 'string' && 'message' in line;
  if (!isOurs || !Object.keys(line).every((field) => JSON_FIELDS.includes(field))) return undefined;
  const start = `${head(typeof requestId === 'string' ? requestId : undefined, level)} `;
  if (typeof message === 'string') return start + message;
  const { errorType, errorMessage, stackTrace } = Object(message) as JsonError;
  if (!Array.isArray(stackTrace)) return start + JSON.stringify(message);
  return [`${start}${errorType}: ${errorMessage}`, ...toFrames(stackTrace.map(String))].join('\n');
}

type JsonError = {
  readonly errorType?: unknown;
  readonly errorMessage?: unknown;
  readonly stackTrace?: unknown;
};

type ErrorReport = { readonly errorType?: unknown; readonly stack?: unknown };

/** "Invoke Error", "Init Error" and the like: a label, a tab, the error as JSON (row A6.5). */
function readErrorReport(message: string): string | undefined {
  const [, label, json = ''] = /^([A-Z][A-Za-z ]+?) ?\t(\{.*\})$/.exec(message) ?? [];
  if (label === undefined) return undefined;
  const { errorType, stack } = parseJson(json) as ErrorReport;
  if (errorType === undefined || !Array.isArray(stack)) return undefined;
  const isFrame = (line: unknown): boolean => /^\s*at /.test(String(line));
  const description = stack.filter((line) => !isFrame(line)).join('\n');
  return [`${label}: ${description}`, ...toFrames(stack.filter(isFrame).map(String))].join('\n');
}

type RuntimeLine = {
  readonly logger: 'bulkhead';
  readonly level: string;
  readonly event: string;
  readonly message: string;
  readonly request_id?: string;
  readonly error_message?: string;
  readonly trace?: readonly string[];
};

function parseRuntimeLine(text: string): RuntimeLine | undefined {
  if (!text.startsWith('{')) return undefined;
  const line = parseJson(text) as Partial<RuntimeLine>;
  if (line.logger !== 'bulkhead' || line.message === undefined) return undefined;
  return line as RuntimeLine;
}

/** A line of the supervisor's own log. */
function readRuntimeLine(line: RuntimeLine): string | undefined {
  const { level, event, message, request_id, error_message, trace = [] } = line;
  const start = `${head(request_id ?? 'runtime', level)} `;
  if (event === 'stopped') {
    // A routine stop is what the user or a reload has asked for; the cause of another has been
    // told with its stack by the worker.
    return level === 'INFO' ? undefined : `${start}${message.split('\n', 1)[0]}`;
  }
  const reason =
    error_message === undefined || message.includes(error_message) ? '' : `: ${error_message}`;
  return [`${start}${message}${reason}`, ...toFrames(trace)].join('\n');
}

/** Stack frames, indented. */
function toFrames(lines: readonly string[]): string[] {
  return lines
    .filter((line) => /^\s*at /.test(line))
    .filter((line) => !OWN_FRAME.test(line))
    .map((line) => `${' '.repeat(ID_CHARACTERS + 8)}${line.trim()}`);
}

function head(requestId: string | undefined, level: string): string {
  return `${shortId(requestId)}  ${level.padEnd(5)}`;
}

/** Enough of a request id to tell it from its neighbours; a dash where there is none. */
function shortId(requestId: string | undefined): string {
  const id = requestId === undefined || requestId === 'undefined' ? '' : requestId;
  return (id || '-').slice(0, ID_CHARACTERS).padEnd(ID_CHARACTERS);
}

function readableMs(text: string): string {
  const ms = Number(text);
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** An empty object for what is not JSON or not an object: then it is not one of our lines. */
function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // A handler may write any line, such as one that only begins like ours.
    return {};
  }
}
