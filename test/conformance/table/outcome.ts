// What became of a case, in a few words that are the same in every run.
import type { ConformanceCase, Kind } from './case.ts';
import type { Message, Run } from './observed-run.ts';

/** `words`: what was seen where the case does not hold. */
export type Outcome = {
  readonly kind: Kind | undefined;
  readonly holds: boolean;
  readonly words: string;
  /** The assertion's own message, for whoever has to find out why. */
  readonly flaw: string | undefined;
};

const WORDS_MAX = 130;

export async function judge(
  one: ConformanceCase,
  kind: Kind | undefined,
  run: Run,
): Promise<Outcome> {
  try {
    await one.check(run);
    return { kind, holds: true, words: '', flaw: undefined };
  } catch (error) {
    const flaw = error instanceof Error ? error.message : String(error);
    return { kind, holds: false, words: toWords(one, run), flaw };
  }
}

function toWords(one: ConformanceCase, run: Run): string {
  try {
    return cut(neutral((one.tell ?? tellAnswers)(run), run));
  } catch {
    // What the case wants to tell is not there.
    return cut(neutral(tellAnswers(run), run));
  }
}

/** Each answer, and how it ended. */
function tellAnswers(run: Run): string {
  const { end, events, exitCode, signal } = run.facts;
  const told = [
    ...run.initErrors.map((posted) => `Init: ${tellError(posted)}`),
    ...run.answers.map(tellAnswer),
  ];
  if (told.length === 0) told.push('no answer');
  else if (run.answers.length > 0 && run.answers.length < events.length) {
    told.push(`no answer to ${events.length - run.answers.length} more`);
  }
  if (end === 'itself') told.push(`ends with ${exitCode ?? signal}${lastWords(run)}`);
  if (end === 'hung') told.push('hangs');
  return told.join('; ');
}

/** The error that Node.js prints when it ends a process. */
function lastWords({ facts, initErrors }: Run): string {
  if (initErrors.length > 0) return '';
  const line = /^(?:Uncaught )?(?:[A-Z]\w*\.)?[A-Z]\w*Error\b.*$/m.exec(facts.stderr)?.[0];
  return line === undefined ? '' : ` (${cut(line, 75)})`;
}

function tellAnswer(answer: Message): string {
  return answer.kind === 'error' ? tellError(answer) : `result ${cut(answer.text, 40)}`;
}

function tellError(posted: Message): string {
  try {
    const { errorType, errorMessage } = JSON.parse(posted.text) as Record<string, string>;
    return `${errorType}: ${cut(errorMessage?.split('\n')[0] ?? '', 45)}`;
  } catch {
    return cut(posted.text, 60);
  }
}

/** Without what differs from run to run. */
function neutral(text: string, { facts }: Run): string {
  return text
    .replaceAll(facts.folder, '<task>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/127\.0\.0\.1:\d+/g, '<address>')
    .replace(/\[\d{12,}\]/g, '[<ms>]')
    .replaceAll('\ufeff', '<BOM>');
}

function cut(text: string, max = WORDS_MAX): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
