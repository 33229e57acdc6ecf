// Ours against the files that the reference client has made (make.ts), byte for byte.
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serializeErrorPayload, toErrorPayload } from '../../src/core/error-payload.ts';
import type { LogLevel, LogSetup } from '../../src/core/thread-protocol.ts';
import { toXrayCause } from '../../src/core/xray-cause.ts';
import { FRAME_LOCK_BYTES } from '../../src/output/frame-writer.ts';
import {
  installConsole,
  type LogContext,
  type PatchableConsole,
} from '../../workers/logs/console-capture.ts';
import { createSink } from '../../workers/logs/record-sink.ts';
import { ERRORS, type LoggingConsole, logEverything, StandingDate, VALUES } from './cases.ts';

type Posted = { readonly path: string; readonly body: string; readonly cause?: string };
type Format = LogSetup['format'];
type Target = 'stdout' | 'frames' | 'socket';
type Setup = { readonly format: Format; readonly target: Target; readonly level?: LogLevel };
type Logs = {
  readonly console: LoggingConsole;
  readonly logError: (label: string, error: unknown) => void;
  serve(requestId: string): void;
};

const readExpected = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, 'expected', name));

/** What the target gets. The clock stands as it did for the reference client. */
function written({ format, target, level = 'TRACE' }: Setup, log: (logs: Logs) => void): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'));
  const file = join(folder, 'log');
  const fd = openSync(file, 'w');
  const isFramed = target === 'frames';
  const lock = new SharedArrayBuffer(FRAME_LOCK_BYTES);
  const stdout: string[] = [];
  let context: LogContext = { requestId: '-', tenantId: undefined };
  const setup: LogSetup = {
    format,
    level,
    lock,
    owner: 2,
    target: target === 'stdout' ? undefined : { fd, isFramed, lock },
  };
  const patched = {} as PatchableConsole;
  const { Date: RealDate } = globalThis;
  globalThis.Date = StandingDate as DateConstructor;
  try {
    const sink = createSink(setup, { write: (text) => void stdout.push(text.toString()) });
    const currentContext = (): LogContext => context;
    const { logError } = installConsole({ setup, sink, currentContext, target: patched });
    const serve = (requestId: string): void => {
      context = { requestId, tenantId: undefined };
    };
    log({ console: patched as LoggingConsole, logError, serve });
    return target === 'stdout' ? Buffer.from(stdout.join('')) : readFileSync(file);
  } finally {
    globalThis.Date = RealDate;
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

function checkBytes(name: string, setup: Setup, log: (logs: Logs) => void): void {
  test(`${name} has the reference client’s bytes`, () => {
    const [ours, expected] = [written(setup, log), readExpected(name)];
    assert.ok(expected.length > 0);
    // The text first: its difference can be read.
    assert.deepEqual(ours.toString('latin1').split('\n'), expected.toString('latin1').split('\n'));
  });
}

const logCalls = ({ console, serve }: Logs): void => {
  serve('r-1');
  logEverything(console);
};
const logErrors = ({ logError, serve }: Logs): void => {
  for (const [index, make] of ERRORS.entries()) {
    serve(`r-${index + 1}`);
    logError('Invoke Error', make());
  }
};

for (const format of ['TEXT', 'JSON'] as const) {
  const name = format.toLowerCase();
  checkBytes(`${name}-logs.lines`, { format, target: 'stdout' }, logCalls);
  checkBytes(`${name}-warn.lines`, { format, target: 'stdout', level: 'WARN' }, logCalls);
  checkBytes(`${name}-logs.frames`, { format, target: 'frames' }, logCalls);
  checkBytes(`${name}-errors.lines`, { format, target: 'stdout' }, logErrors);
  checkBytes(`${name}-errors.frames`, { format, target: 'frames' }, logErrors);
  checkBytes(`${name}-init.lines`, { format, target: 'stdout' }, ({ logError }) =>
    logError('Init Error', ERRORS[3]?.()),
  );
}
checkBytes('socket-logs.lines', { format: 'JSON', target: 'socket' }, logCalls);

test('the bodies of errors have the reference client’s bytes', () => {
  const expected = JSON.parse(readExpected('errors.json').toString()) as Posted[];
  const ours = [...ERRORS, ERRORS[3]].map((make) =>
    serializeErrorPayload(toErrorPayload(make?.())),
  );
  assert.deepEqual(
    ours,
    expected.map(({ body }) => body),
  );
});

test('the bodies for whatever else is thrown have the reference client’s bytes', () => {
  const expected = JSON.parse(readExpected('values.json').toString()) as string[];
  const ours = VALUES.map((make) => serializeErrorPayload(toErrorPayload(make())));
  assert.deepEqual(ours, expected);
});

test('X-Ray causes say what the reference client’s say', () => {
  const expected = JSON.parse(readExpected('errors.json').toString()) as Posted[];
  for (const [index, make] of ERRORS.entries()) {
    const error = make();
    // The reference client takes the lines of a message for frames.
    if (error.message.includes('\n')) continue;
    // It sends UTF-8, which the server has read as Latin-1; ours is ASCII with escapes.
    const theirs = Buffer.from(expected[index]?.cause ?? '', 'latin1').toString('utf8');
    const ours = toXrayCause(error, '/') ?? '';
    assert.match(ours, /^[\x20-\x7e]+$/);
    assert.equal(JSON.stringify(JSON.parse(ours)), theirs);
  }
});
