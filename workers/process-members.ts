// Members of `process` that Node leaves out or locks in a worker thread, as user code knows them
// from the main thread, as far as that takes nothing but this thread.

/** What is changed of `process`. */
export type ProcessMembers = {
  argv: string[];
  title: string;
  readonly stdin: object;
};

/** @param argv what follows the path of Node in `process.argv`. */
export function installProcessMembers(
  argv: readonly string[],
  target: ProcessMembers = process,
): void {
  target.argv.splice(1, target.argv.length, ...argv);
  // Node's own refuses to be set, which ES modules are told by a TypeError.
  let title: string | undefined;
  const osTitle = target.title;
  Object.defineProperty(target, 'title', {
    get: () => title ?? osTitle,
    set(value: unknown) {
      title = String(value);
    },
    enumerable: true,
    configurable: true,
  });
  // Empty and at its end, like the platform's; code that reads the descriptor finds that one.
  Object.defineProperty(target.stdin, 'fd', { value: 0, writable: true, configurable: true });
}
