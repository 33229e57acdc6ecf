// Which descriptor the platform wants log lines on (rows A7.10 and A7.14), opened once for all
// threads. Node's network code is loaded only where such a descriptor is named.
import { fstatSync } from 'node:fs';
import type { Socket } from 'node:net';
import { RuntimeError } from '../core/errors.ts';
import type { LogTarget } from '../core/thread-protocol.ts';
import { FRAME_LOCK_BYTES } from './frame-writer.ts';

const FRAMES_VARIABLE = '_LAMBDA_TELEMETRY_LOG_FD';
const SOCKET_VARIABLE = '_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET';

type Env = Record<string, string | undefined>;

export type OpenedTarget = {
  /** Undefined: lines go to stdout. */
  readonly target: LogTarget | undefined;
  /** Why a descriptor that was named is not used; a sentence. */
  readonly problem: string | undefined;
};

const STDOUT: OpenedTarget = { target: undefined, problem: undefined };

/** Nothing may collect them: a socket that is collected closes its descriptor. */
const keptOpen: Socket[] = [];

/**
 * Takes the number of the descriptor out of the environment, so that handlers do not see it; with
 * several events at once the platform names a socket instead, and its variable stays.
 *
 * @throws RuntimeError `Runtime.PlatformError`: nobody listens on the socket.
 */
export async function openLogTarget(env: Env, multiConcurrent: boolean): Promise<OpenedTarget> {
  if (multiConcurrent) {
    const path = env[SOCKET_VARIABLE];
    return path ? { target: toTarget(await connect(path), false), problem: undefined } : STDOUT;
  }
  const text = env[FRAMES_VARIABLE];
  if (text === undefined) return STDOUT;
  delete env[FRAMES_VARIABLE];
  const fd = Number(text);
  // What is no number counts as not set, and so does 0 (row A7.10).
  if (!Number.isInteger(fd) || fd <= 0) return STDOUT;
  const flaw = flawOf(fd);
  if (flaw !== undefined) return { target: undefined, problem: problemOf(fd, flaw) };
  await letItNotBlock(fd);
  return { target: toTarget(fd, true), problem: undefined };
}

function toTarget(fd: number, isFramed: boolean): LogTarget {
  return { fd, isFramed, lock: new SharedArrayBuffer(FRAME_LOCK_BYTES) };
}

function problemOf(fd: number, flaw: string): string {
  return (
    `Cannot write log frames to descriptor ${fd} of ${FRAMES_VARIABLE}: ${flaw}; ` +
    'lines go to stdout instead; whatever starts the process has to hand an open descriptor over'
  );
}

/** Of a descriptor that was not handed over, Node may have made use for something of its own. */
function flawOf(fd: number): string | undefined {
  try {
    const stat = fstatSync(fd);
    const isWritable =
      stat.isFIFO() || stat.isSocket() || stat.isFile() || stat.isCharacterDevice();
    return isWritable ? undefined : 'it is no pipe, socket, file or device';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'it cannot be examined';
  }
}

/** A thread that hangs in a write on a full pipe could not be ended, and the supervisor would hang
 * as well. Node has no call for it but to take the descriptor for a socket of its own. */
async function letItNotBlock(fd: number): Promise<void> {
  const { Socket } = await import('node:net');
  try {
    const socket = new Socket({ fd, readable: false, writable: true });
    keep(socket);
  } catch {
    // A file or a device, which never blocks for long.
  }
}

async function connect(path: string): Promise<number> {
  const { createConnection } = await import('node:net');
  // Never read: at the reader's end Node would close it, and the number would soon be another's.
  const socket = createConnection(path).pause();
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(platformError(error.message)));
  });
  keep(socket);
  // The one thing that Node does not tell otherwise; the platform's own client reads it as well.
  const fd = (socket as { readonly _handle?: { readonly fd?: unknown } })._handle?.fd;
  if (typeof fd !== 'number' || fd < 0) throw platformError('it has no file descriptor');
  return fd;
}

function keep(socket: Socket): void {
  // Writers find out for themselves that nobody reads.
  socket.on('error', () => {});
  socket.unref();
  keptOpen.push(socket);
}

function platformError(detail: string): RuntimeError {
  return new RuntimeError(
    'Runtime.PlatformError',
    `Failed to connect to telemetry socket: ${detail} (${SOCKET_VARIABLE})`,
  );
}
