// How a handler says that it streams its response (rows A8.1 and A8.7). It only marks: whoever
// calls the handler reads the marks, and whoever makes the stream calls what is installed on it.

/** Where the handler's shape is noted; `response` is the only one there is. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

const PRELUDE_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';
/** Zeros between the prelude and the body. */
const DELIMITER_BYTES = 8;

// Taken before user code can replace them.
const { stringify } = JSON;
const { parseInt: toInteger } = Number;

type Write = (chunk: string | Uint8Array) => unknown;

/** What the prelude needs of a response stream. */
export type PreludeStream = {
  setContentType(contentType: string): unknown;
  _onBeforeFirstWrite?: unknown;
};

/** `awslambda.streamifyResponse`: the same function, marked. */
export function streamifyResponse<T extends object>(
  handler: T,
  options?: { readonly highWaterMark?: unknown },
): T {
  const marks = handler as { [mark: symbol]: unknown };
  marks[STREAMING] = 'response';
  const highWaterMark = options?.highWaterMark;
  if (typeof highWaterMark === 'number') {
    marks[HIGH_WATER_MARK] = toInteger(String(highWaterMark), 10);
  }
  return handler;
}

/** `awslambda.HttpResponseStream`: status, headers and cookies in front of the body. */
// biome-ignore lint/complexity/noStaticOnlyClass: a class is what user code finds elsewhere, too.
export class HttpResponseStream {
  /** The same stream; the prelude goes out with its first bytes. */
  static from<T extends PreludeStream>(stream: T, prelude: unknown): T {
    stream.setContentType(PRELUDE_CONTENT_TYPE);
    const text = stringify(prelude);
    stream._onBeforeFirstWrite = (write: Write) => {
      write(text);
      write(new Uint8Array(DELIMITER_BYTES));
    };
    return stream;
  }
}
