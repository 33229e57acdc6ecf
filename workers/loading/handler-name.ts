// The handler string -> where the module is and which export is meant (rows A2.1 to A2.4).
import { basename } from 'node:path';
import { RuntimeError } from '../../src/core/errors.ts';

export type HandlerName = {
  /** Folder of the module as written, relative or absolute, without a slash at its end. */
  readonly moduleRoot: string;
  /** File name without extension; empty for a handler such as `.handler`. */
  readonly moduleName: string;
  /** Export, with dots between nested names; may be empty. */
  readonly exportPath: string;
};

/** The name ends at the first dot: `my.mod.handler` is the export `mod.handler` of `my`. */
const MODULE_AND_EXPORT = /^([^.]*)\.(.*)$/s;

/**
 * Takes a handler string apart exactly as the reference client does, oddities included: the folder
 * is what stands before the *first* occurrence of the last segment.
 *
 * @throws RuntimeError `Runtime.MalformedHandlerName` with the reference client's texts.
 */
export function parseHandlerName(handler: string): HandlerName {
  if (handler.includes('..')) {
    throw new RuntimeError(
      'Runtime.MalformedHandlerName',
      `'${handler}' is not a valid handler name. ` +
        'Use absolute paths when specifying root directories in handler names.',
    );
  }
  const lastSegment = basename(handler);
  const match = MODULE_AND_EXPORT.exec(lastSegment);
  const [, moduleName, exportPath] = match ?? [];
  if (moduleName === undefined || exportPath === undefined) {
    throw new RuntimeError(
      'Runtime.MalformedHandlerName',
      `Bad handler: "${handler}" is not FILE.EXPORT, such as "index.handler"`,
    );
  }
  const moduleRoot = handler.slice(0, handler.indexOf(lastSegment)).replace(/\/$/, '');
  return { moduleRoot, moduleName, exportPath };
}
