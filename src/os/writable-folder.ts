// A folder that a setting names: usable, or refused at start rather than missed when it is needed.
import { accessSync, constants, statSync } from 'node:fs';
import { RuntimeError } from '../core/errors.ts';

/**
 * @throws RuntimeError `Runtime.InvalidSetting` naming the variable, the folder and what is wrong
 * with it: it does not exist, is no folder, or cannot be written to.
 */
export function checkWritableFolder(variable: string, path: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    throw refused(variable, path, 'there is no such folder; create it first');
  }
  if (!isFolder) throw refused(variable, path, 'it is not a folder');
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch {
    throw refused(variable, path, 'this process may not write to it; in Lambda only /tmp can be');
  }
}

function refused(variable: string, path: string, why: string): RuntimeError {
  return new RuntimeError('Runtime.InvalidSetting', `Cannot use ${variable}="${path}": ${why}`);
}
