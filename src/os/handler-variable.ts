// `_HANDLER`, where preloads look for the user's handler and put the name of their own wrapper.
import { readFileSync } from 'node:fs';

export type HandlerVariableOptions = {
  readonly env: NodeJS.ProcessEnv;
  /** HANDLER of the command line. */
  readonly handler: string | undefined;
  /** The handler will run on the thread that this is called on. */
  readonly isInline: boolean;
  /** Preloads may have run on this thread. */
  readonly hasPreloads: boolean;
  /** Where the environment as the process got it can be read; Linux has such a file. */
  readonly file?: string;
};

/**
 * Makes `_HANDLER` what the preloads of the handler's thread are to find: the name of the command
 * line, else the one that the process was started with. A preload that has rewritten it on this
 * thread does so again in a worker, and would take its own wrapper for the user's handler there.
 */
export function publishHandler(options: HandlerVariableOptions): void {
  const { env, handler, isInline, hasPreloads } = options;
  const now = env['_HANDLER'];
  const before = hasPreloads ? atStart('_HANDLER', now, options.file) : now;
  // It did so where it should.
  if (isInline && now && now !== before) return;
  const published = handler || before;
  if (published) env['_HANDLER'] = published;
}

function atStart(
  name: string,
  otherwise: string | undefined,
  file = '/proc/self/environ',
): string | undefined {
  try {
    const lines = readFileSync(file, 'utf8').split('\0');
    return lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return otherwise;
  }
}
