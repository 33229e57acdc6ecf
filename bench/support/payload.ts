// The events, and what a right answer to each looks like. An echo handler adds a check value, so
// that an answer proves that this very event was parsed, handled and made into JSON again.

export type Payload = {
  /** The size of the event in bytes. */
  readonly bytes: number;
  /** The event of one invocation. */
  readonly event: (sequence: number) => Buffer;
  /** Undefined when `answer` is right, else what is wrong with it. */
  readonly problem: (
    sequence: number,
    answer: readonly Buffer[],
    kind: AnswerKind,
  ) => string | undefined;
};

/** `handled`: by the echo handler. `verbatim`: the floor client sends the event back as it is. */
export type AnswerKind = 'handled' | 'verbatim';

const SEQUENCE_FIRST = 100_000_000;
const HEAD = '{"sequence":';
const MIDDLE = ',"body":"';
const TAIL = '"}';
const BODY_BYTES_MIN = 8;

/** Makes events of `bytes` bytes: one long string in a small envelope, as API Gateway sends it. */
export function makePayload(bytes: number): Payload {
  const fixed = HEAD.length + 9 + MIDDLE.length + TAIL.length;
  const bodyLength = Math.max(BODY_BYTES_MIN, bytes - fixed);
  const template = Buffer.from(
    `${HEAD}${SEQUENCE_FIRST}${MIDDLE}${fillerText(bodyLength)}${TAIL}`,
    'latin1',
  );
  return {
    bytes: template.length,
    event: (sequence) => {
      template.write(String(SEQUENCE_FIRST + sequence), HEAD.length, 'latin1');
      return template;
    },
    problem: (sequence, answer, kind) => {
      template.write(String(SEQUENCE_FIRST + sequence), HEAD.length, 'latin1');
      const check = SEQUENCE_FIRST + sequence + bodyLength;
      const last = kind === 'handled' ? `,"check":${check}}` : '}';
      return differenceFrom(template, last, answer);
    },
  };
}

/** Text without anything that JSON escapes, and without long runs of one character. */
function fillerText(length: number): string {
  const words = 'the quick brown fox jumps over the lazy dog 0123456789 ';
  return words.repeat(Math.ceil(length / words.length)).slice(0, length);
}

/** Compares the answer with the event whose closing brace is replaced by `last`. */
function differenceFrom(
  event: Buffer,
  last: string,
  answer: readonly Buffer[],
): string | undefined {
  const [first, ...more] = answer;
  if (first === undefined) return 'the answer is empty';
  const whole = more.length === 0 ? first : Buffer.concat(answer);
  const shared = event.length - 1;
  if (whole.length !== shared + last.length) {
    return `the answer has ${whole.length} bytes, not ${shared + last.length}`;
  }
  if (whole.compare(event, 0, shared, 0, shared) !== 0) return 'the event did not come back';
  const check = whole.toString('latin1', shared);
  return check === last ? undefined : `the answer ends in "${check}", not in "${last}"`;
}
