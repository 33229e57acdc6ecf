// Runs the runtime until it has loaded the handler, then has it end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Emulator } from '../emulator/emulator.ts';
import { LONG_INIT_MS_MAX } from '../emulator/emulator-limits.ts';
import { type EmulatorOptions, parseOptions } from '../emulator/emulator-options.ts';
import { toLogStream, toRuntimeCommand, toRuntimeEnv } from '../emulator/runtime-environment.ts';
import { CliError, EXIT } from './cli-error.ts';
import { toReadable } from './log-view.ts';
import { startEmulator } from './start-emulator.ts';

/** Longest time to load a handler in, ms. */
const LOAD_MS_MAX = LONG_INIT_MS_MAX;
const STEP_MS = 200;
/** For what an ended runtime has left in its pipes: what the function has started may hold them
 * open for as long as it likes, ms. */
const LAST_OUTPUT_MS = 500;
/** For a runtime to end in when nobody waits for its cache any more, ms. */
const STOP_MS = 2000;

/**
 * Runs the runtime until its first poll, when the handler is loaded, and waits for its end, when
 * Node.js writes the cache.
 *
 * @param stopped ends it before that.
 * @returns False: the handler cannot be loaded, and the log says why; or it was stopped.
 * @throws CliError when the runtime cannot be started.
 */
export async function loadHandler(
  options: EmulatorOptions,
  stopped: AbortSignal,
): Promise<boolean> {
  const config = parseOptions(options);
  const [program = '', ...words] = toRuntimeCommand(config) ?? [];
  const emulator = await startEmulator({ onLog: () => {} });
  try {
    if (stopped.aborted) return false;
    const child = spawn(program, words, {
      env: toRuntimeEnv(config, emulator.runtimeApi, toLogStream()),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    show(child);
    // Not spawn's own option: where no process comes of it, its timer stays and is waited for.
    AbortSignal.timeout(LOAD_MS_MAX).addEventListener('abort', () => child.kill('SIGTERM'));
    stopped.addEventListener('abort', () => stop(child), { once: true });
    const closed = new Promise((resolve) => child.once('close', resolve));
    const ended = untilEnded(child, program);
    const isLoaded = await hasPolled(emulator, ended);
    child.kill('SIGTERM');
    await ended;
    AbortSignal.timeout(LAST_OUTPUT_MS).addEventListener('abort', () => letGo(child));
    await closed;
    return isLoaded && !stopped.aborted;
  } finally {
    await emulator.close();
  }
}

/** Not `close`, which waits for everybody who has the pipes. */
async function untilEnded(child: ChildProcess, program: string): Promise<void> {
  try {
    await once(child, 'exit');
  } catch (cause) {
    const { message } = cause as Error;
    throw new CliError(
      EXIT.environment,
      `Cannot start the runtime "${program}": ${message}; nothing has been compiled`,
      { cause },
    );
  }
}

/** In steps: a wait that the process cannot end any more would keep this one alive. */
async function hasPolled(emulator: Emulator, ended: Promise<void>): Promise<boolean> {
  let isOver = false;
  const end = (): boolean => {
    isOver = true;
    return false;
  };
  const over = ended.then(end, end);
  while (!isOver) {
    const polled = emulator.waitForPoll({ timeoutMs: STEP_MS }).then(() => true);
    if (await Promise.race([polled, over]).catch(() => false)) return true;
  }
  return false;
}

/** In the end by force: a handler may be busy for as long as it likes. */
function stop(child: ChildProcess): void {
  child.kill('SIGTERM');
  AbortSignal.timeout(STOP_MS).addEventListener('abort', () => child.kill('SIGKILL'));
}

function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** What the function writes while it is loaded, and what the runtime has to say of it. */
function show(child: ChildProcess): void {
  for (const source of ['stdout', 'stderr'] as const) {
    let rest = '';
    child[source]?.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const readable = toReadable({ source, line });
        if (readable !== undefined) process.stderr.write(`${readable}\n`);
      }
    });
  }
}
