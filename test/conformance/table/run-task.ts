// Runs one process of a program through the script of one or several cases.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transcript } from '../../support/transcript.ts';
import type { ConformanceCase, Kind } from './case.ts';
import { removeFolder, toRequestId, writeFunction } from './function-folder.ts';
import { Run, type RunEnd } from './observed-run.ts';
import { type Program, toEnv } from './program.ts';
import { ScriptedApi, type ScriptedEvent } from './scripted-api.ts';

export type Task = {
  readonly program: Program;
  /** One, or several that share a process. */
  readonly cases: readonly [ConformanceCase, ...ConformanceCase[]];
  /** Undefined: the cases bring their files. */
  readonly kind: Kind | undefined;
};

/** Runs the process to its end; one that waits for more events is killed. */
export async function runTask(task: Task): Promise<Run> {
  const { cases, kind } = task;
  const folder = writeFunction(cases, kind);
  try {
    return await runIn(folder, task);
  } finally {
    removeFolder(folder);
  }
}

/** The ids of the events of the nth case. */
export function requestIdsOf({ cases }: Task, caseIndex: number): readonly string[] {
  const events = cases[caseIndex]?.events ?? [{}];
  return events.map((_, at) => toRequestId(caseIndex, at));
}

async function runIn(folder: string, task: Task): Promise<Run> {
  const { cases, program } = task;
  const [one] = cases;
  const [stdout, stderr, both] = [new Transcript(), new Transcript(), new Transcript()];
  const events = cases.flatMap(({ events: own = [{}] }, caseIndex) =>
    own.map((event, at) => ({ ...event, requestId: idOf(event, toRequestId(caseIndex, at)) })),
  );
  // A process that has ended waits for no reply any more.
  const waitForOutput = (pattern: RegExp): Promise<unknown> =>
    both.waitFor(pattern).catch(() => {});
  const api = await ScriptedApi.open({ events, posts: one.posts ?? [], waitForOutput });
  const child = startChild(task, folder, api.address);
  const frames: Buffer[] = [];
  collect(child.stdout, stdout, both);
  collect(child.stderr, stderr, both);
  (child.stdio[3] as Readable | null)?.on('data', (piece: Buffer) => frames.push(piece));
  if (one.stopsAfter)
    both.waitFor(one.stopsAfter).then(
      () => child.kill('SIGTERM'),
      () => {},
    );
  try {
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const end = await endOf({ api, closed, both, one, patienceMs: program.patienceMs(one) });
    killGroup(child);
    const [exitCode, signal] = await closed;
    both.end();
    await api.settled();
    return new Run({
      events,
      requests: api.requests,
      wire: api.wire.map((pieces) => Buffer.concat(pieces)),
      stdout: stdout.text,
      stderr: stderr.text,
      frames: Buffer.concat(frames),
      end,
      exitCode,
      signal,
      folder,
      isReference: program.name === 'ric',
    });
  } finally {
    killGroup(child);
    await api.close();
  }
}

function startChild(
  { cases: [one], program }: Task,
  folder: string,
  address: string,
): ChildProcess {
  const [command, ...args] = program.toCommand(one);
  return spawn(command, args, {
    cwd: join(folder, one.cwd ?? ''),
    env: toEnv({ one, folder, address }),
    // A group of its own: the guardian's runtime is a child of it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', one.hasFrames ? 'pipe' : 'ignore'],
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nothing of it is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

type Ending = {
  readonly api: ScriptedApi;
  readonly closed: Promise<unknown>;
  readonly both: Transcript;
  readonly one: ConformanceCase;
  readonly patienceMs: number;
};

async function endOf({ api, closed, both, one, patienceMs }: Ending): Promise<RunEnd> {
  const { promise: tooLong, resolve } = Promise.withResolvers<RunEnd>();
  let isParked = false;
  const timer = setTimeout(() => resolve(isParked ? 'parked' : 'hung'), patienceMs);
  const parked = async (): Promise<RunEnd> => {
    await api.over;
    isParked = true;
    // A runtime that is told to stop, or has failed, ends by itself, poll or no poll.
    if (one.stopsAfter !== undefined) await closed;
    if (one.until !== undefined) await both.waitFor(one.until).catch(() => {});
    await api.answered();
    await api.settled();
    return 'parked';
  };
  const itself = closed.then((): RunEnd => 'itself');
  const end = await Promise.race([itself, parked(), tooLong]);
  clearTimeout(timer);
  return end;
}

function idOf({ headers = {} }: Pick<ScriptedEvent, 'headers'>, usual: string): string {
  return headers['Lambda-Runtime-Aws-Request-Id'] ?? usual;
}

function collect(stream: Readable | null, own: Transcript, both: Transcript): void {
  stream?.setEncoding('utf8').on('data', (text: string) => {
    own.append(text);
    both.append(text);
  });
}
