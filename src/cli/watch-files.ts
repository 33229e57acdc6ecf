// Tells when a source file below a folder changes. One watcher per folder rather than a recursive
// one: that would also watch every folder of node_modules.
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { extname, join } from 'node:path';

export type FileWatch = {
  /** False when there were too many folders to watch them all. */
  readonly isComplete: boolean;
  close(): void;
};

export type WatchOptions = {
  readonly root: string;
  /** Called once for a burst of changes, with the first file of it. */
  readonly onChange: (file: string) => void;
};

/** What a handler is made of; anything else may be what it writes. */
const EXTENSIONS = new Set(
  ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts', 'json', 'wasm', 'node'].map((name) => `.${name}`),
);
/** Most folders that are watched. */
const FOLDERS_MAX = 1000;
/** An editor or a compiler writes several files, several times. */
const BURST_MS = 100;

/** Starts watching; what changes after the return is told. */
export function watchFiles({ root, onChange }: WatchOptions): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  let isComplete = true;
  let burst: NodeJS.Timeout | undefined;

  const told = (file: string): void => {
    burst ??= setTimeout(() => {
      burst = undefined;
      onChange(file);
    }, BURST_MS);
  };
  const forget = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const add = (folder: string): void => {
    if (watchers.has(folder)) return;
    if (watchers.size >= FOLDERS_MAX) {
      isComplete = false;
      return;
    }
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name === null || isIgnored(name)) return;
        const path = join(folder, name);
        if (EXTENSIONS.has(extname(name))) told(path);
        else if (isFolder(path)) add(path);
      });
      // The folder itself is gone.
      watcher.on('error', () => forget(folder));
      watchers.set(folder, watcher);
      for (const name of subfolders(folder)) add(join(folder, name));
    } catch {
      // Not readable, deleted meanwhile, or the system has no watcher left: not watched in full.
      isComplete = false;
    }
  };
  add(root);

  return {
    isComplete,
    close() {
      clearTimeout(burst);
      for (const folder of [...watchers.keys()]) forget(folder);
    },
  };
}

function isIgnored(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.');
}

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !isIgnored(entry.name))
    .map((entry) => entry.name);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
