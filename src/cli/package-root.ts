// Where this package lies: from its sources and from its build the way up differs.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of this package's package.json. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return import.meta.dirname;
    folder = parent;
  }
  return folder;
}
