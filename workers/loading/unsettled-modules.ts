// Which module's top-level await it is that never settles (row A2.12). Loaded when Init has failed.
import { readFileSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const { argv, getBuiltinModule } = process;

/** What has finished says so by then, also where hooks on another thread are asked first, ms. It
 * runs once, when Init has failed anyway. */
const SETTLE_MS = 50;

/**
 * The files, of this thread's ES modules, that have not finished and wait for no other that has
 * not. Nothing of the user's is run: what is imported here is being evaluated already.
 */
export async function unsettledModules(): Promise<readonly string[]> {
  const pending = new Set(moduleUrls());
  // On the main thread the program itself waits: for the end of the runtime.
  pending.delete(programUrl());
  for (const url of [...pending]) {
    const forget = (): unknown => pending.delete(url);
    import(url).then(forget, forget);
  }
  await delay(SETTLE_MS);
  const files = [...pending].map((url) => ({ name: fileURLToPath(url), text: readText(url) }));
  const innermost = files.filter(({ name, text }) => {
    const waitsForOther = files.some((other) => {
      return other.name !== name && text.includes(basename(other.name));
    });
    return !waitsForOther && /\bawait\b/.test(text);
  });
  return (innermost.length > 0 ? innermost : files).map(({ name }) => name);
}

/** Of all ES modules that were compiled, by V8's own list. */
function moduleUrls(): readonly string[] {
  const session = new (getBuiltinModule('node:inspector').Session)();
  const urls: string[] = [];
  session.connect();
  session.on('Debugger.scriptParsed', ({ params: { isModule, url } }) => {
    if (isModule === true && url.startsWith('file:')) urls.push(url);
  });
  session.post('Debugger.enable');
  session.disconnect();
  return urls;
}

function programUrl(): string {
  try {
    return pathToFileURL(realpathSync(argv[1] ?? '')).href;
  } catch {
    return '';
  }
}

function readText(url: string): string {
  try {
    return readFileSync(new URL(url), 'utf8');
  } catch {
    return '';
  }
}
