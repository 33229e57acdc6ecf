// Handler string -> the user's function, loaded once (rows A2.5 to A2.17). Where the file is, is
// module-file.ts; who calls the function, and with what, is the worker's entry.
import { readFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { pathToFileURL } from 'node:url';
import { RuntimeError } from '../../src/core/errors.ts';
import { type HandlerName, parseHandlerName } from './handler-name.ts';
import { type FoundModule, findModule, isTypeScript, moduleFormat } from './module-file.ts';
import { syntaxPlace } from './syntax-place.ts';

export type LoadOptions = {
  /** As configured: `folder/module.export.nested`. */
  readonly handler: string;
  /** Absolute folders in which the module is looked for, in this order. */
  readonly taskRoots: readonly string[];
  /** The environment's NODE_PATH. */
  readonly nodePath?: string | undefined;
  /** Whether a file in TypeScript may be the handler's. */
  readonly typescript?: boolean;
};

export type LoadedHandler = {
  /** Calls the handler as a method of the object that holds it: `this` in a class's static method
   * is the class (row A2.19 D). */
  readonly call: (...args: unknown[]) => unknown;
  /** The file that was loaded, absolute. */
  readonly file: string;
  /** `length` of the function: 3 or more means that a buffered handler wants a callback. */
  readonly parameterCount: number;
  /** Marked by `awslambda.streamifyResponse` (row A8.1). */
  readonly isStreaming: boolean;
  /** Of its response stream (row A8.9); undefined: Node's own. */
  readonly highWaterMark: number | undefined;
};

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

const require = createRequire(import.meta.url);

/**
 * Finds, loads and picks the handler. CommonJS goes through `require` and ES modules through
 * `import()`, so that the hooks of either family see the user's module (row A2.6 B).
 *
 * What the user's module throws while it is loaded passes through as it is, but for syntax errors
 * and missing modules, which get the reference client's names and texts. A module is never run a
 * second time after it failed.
 *
 * @throws RuntimeError `Runtime.MalformedHandlerName`, `Runtime.ImportModuleError` (with `code`),
 * `Runtime.UserCodeSyntaxError`, `Runtime.HandlerNotFound`, `Runtime.MalformedStreamingHandler`.
 */
export async function loadHandler(options: LoadOptions): Promise<LoadedHandler> {
  const { handler, nodePath } = options;
  const name = parseHandlerName(handler);
  const found = findModule(name, options);
  if (found.kind === 'missing') throw missingModule(name, found);
  if (isTypeScript(found.file)) checkTypeStripping(found.file);
  // Whoever does not have it pays nothing for it: each resolution would go through the hook.
  if (nodePath) (await import('./node-path.ts')).letImportsSeeNodePath(nodePath);
  const picked = pickExport(await loadModule(found.file), name.exportPath, handler);
  return {
    call: (...args) => Reflect.apply(picked.handler, picked.parent, args),
    file: found.file,
    parameterCount: picked.handler.length,
    isStreaming: isStreaming(picked.handler),
    highWaterMark: highWaterMark(picked.handler),
  };
}

async function loadModule(file: string): Promise<Holders> {
  try {
    const format = moduleFormat(file);
    if (format === 'module') return await importModule(file);
    if (format === 'commonjs') return holdersOfCommonJs(require(file));
    return await loadAmbiguous(file);
  } catch (error) {
    throw named(error, file);
  }
}

/**
 * `require` first, because it finds out by itself what the file is. It cannot load an ES module
 * with top-level await, and none at all under some of Node's flags.
 */
async function loadAmbiguous(file: string): Promise<Holders> {
  try {
    return holdersOfCommonJs(require(file));
  } catch (error) {
    // Only a file that is no CommonJS has not run a single line yet and may be loaded again: the
    // same error also comes from a dependency in the middle of a module that did run.
    if (!refusesEsm(error) || isCommonJs(file)) throw error;
    return await importInstead(file, error);
  }
}

async function importModule(file: string): Promise<Holders> {
  return holdersOfModule(await import(pathToFileURL(file).href));
}

async function importInstead(file: string, refusal: unknown): Promise<Holders> {
  try {
    return await importModule(file);
  } catch (error) {
    // Both ways found the same mistake; the first error names the file and the line.
    throw error instanceof SyntaxError && refusal instanceof SyntaxError ? refusal : error;
  }
}

function refusesEsm(error: unknown): boolean {
  const code = codeOf(error);
  const isRefusal = code === 'ERR_REQUIRE_ESM' || code === 'ERR_REQUIRE_ASYNC_MODULE';
  return isRefusal || error instanceof SyntaxError;
}

/** Compiles the file as the body of a function, which is what CommonJS is. Runs nothing. */
function isCommonJs(file: string): boolean {
  try {
    const text = readFileSync(file, 'utf8').replace(/^#!.*/, '');
    const source = isTypeScript(file) ? stripTypeScriptTypes(text) : text;
    new Function('exports', 'require', 'module', '__filename', '__dirname', source);
    return true;
  } catch (error) {
    // Anything else (code generation may be forbidden) leaves the question open: do not run twice.
    return !(error instanceof SyntaxError);
  }
}

/** Where exports are looked for: the module, then its default export (row A2.14). */
type Holders = readonly unknown[];

function holdersOfModule(namespace: unknown): Holders {
  return [namespace, property(namespace, 'default')];
}

/** `import()` shows `module.exports` as the default export, so `index.default` may mean it. */
function holdersOfCommonJs(exports: unknown): Holders {
  return [...holdersOfModule(exports), { default: exports }];
}

type Callable = (...args: unknown[]) => unknown;
type Picked = { readonly handler: Callable; readonly parent: unknown };

/** The first function that the path leads to (rows A2.13 to A2.15). */
function pickExport(holders: Holders, exportPath: string, handler: string): Picked {
  const path = exportPath.split('.');
  let isDefined = false;
  for (const holder of holders) {
    const parent = path.slice(0, -1).reduce(property, holder);
    const value = property(parent, path.at(-1) ?? '');
    if (typeof value === 'function') return { handler: value as Callable, parent };
    isDefined ||= Boolean(value);
  }
  const state = isDefined ? 'is not a function' : 'is undefined or not exported';
  throw new RuntimeError('Runtime.HandlerNotFound', `${handler} ${state}`);
}

/** Functions have properties, too: a class with a static method is a common handler. */
function property(holder: unknown, key: string): unknown {
  const isHolder = (typeof holder === 'object' && holder !== null) || typeof holder === 'function';
  return isHolder ? (holder as Record<string, unknown>)[key] : undefined;
}

function isStreaming(handler: Callable): boolean {
  const mark = (handler as { readonly [STREAMING]?: unknown })[STREAMING];
  if (!mark) return false;
  if (mark === 'response') return true;
  throw new RuntimeError(
    'Runtime.MalformedStreamingHandler',
    'Only response streaming is supported.',
  );
}

/** A mark that Node would refuse is none. */
function highWaterMark(handler: Callable): number | undefined {
  const mark = (handler as { readonly [HIGH_WATER_MARK]?: unknown })[HIGH_WATER_MARK];
  return typeof mark === 'number' && Number.isSafeInteger(mark) && mark >= 0 ? mark : undefined;
}

function missingModule(
  name: HandlerName,
  { lookedFor, notAskedFor }: Extract<FoundModule, { kind: 'missing' }>,
): RuntimeError {
  const paths = lookedFor.map((path) => `\n- ${path}`).join('');
  const hint = notAskedFor && `\n${notAskedFor} is there: BULKHEAD_TYPESCRIPT=on has it loaded`;
  return cannotImport(
    `Cannot find module '${name.moduleName}'\nLooked for:${paths}${hint ?? ''}`,
    'MODULE_NOT_FOUND',
  );
}

/** Without this, Node would find syntax errors in a file that has none. */
function checkTypeStripping(file: string): void {
  if (process.features.typescript) return;
  throw cannotImport(
    `Cannot load '${file}': this Node.js (${process.version}) does not strip types. ` +
      'Take --no-strip-types and its like away, or compile the file to JavaScript',
    'ERR_UNKNOWN_FILE_EXTENSION',
  );
}

function cannotImport(message: string, code: string): RuntimeError {
  const error = new RuntimeError('Runtime.ImportModuleError', `Error: ${message}`);
  return Object.assign(error, { code });
}

/** The reference client's name for what the user's module threw, if it has one (A2.16, A2.17 B). */
function named(error: unknown, file: string): unknown {
  if (error instanceof SyntaxError) {
    return renamed('Runtime.UserCodeSyntaxError', withPlace(error, file));
  }
  const code = codeOf(error);
  const isMissing = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
  if (!isMissing || !(error instanceof Error)) return error;
  leaveOutOwnFile(error);
  return Object.assign(renamed('Runtime.ImportModuleError', error), { code });
}

/** The user's modules are what a missing one was asked for by; that we have asked for the first of
 * them says nothing. */
function leaveOutOwnFile(error: Error & { requireStack?: unknown }): void {
  const { requireStack, stack } = error;
  if (!Array.isArray(requireStack)) return;
  const line = `\n- ${import.meta.filename}`;
  error.message = error.message.replace(line, '');
  if (stack !== undefined) error.stack = stack.replace(line, '');
  error.requireStack = requireStack.filter((file) => file !== import.meta.filename);
}

/** A stack that names no file but Node's own gets the place in front, as that of a CommonJS module
 * has it. */
function withPlace(error: SyntaxError, file: string): SyntaxError {
  const isPlaced = /^(file:|\/|[A-Za-z]:\\)/.test(error.stack ?? '');
  if (isPlaced) return error;
  const place = syntaxPlace(file) ?? `${file}: a module that it imports does not parse`;
  error.stack = `${place}\n${error.stack}`;
  return error;
}

/** Keeps the original stack: it says where in the user's code the mistake is. */
function renamed(errorType: string, cause: Error): RuntimeError {
  const error = new RuntimeError(errorType, String(cause), { cause });
  if (cause.stack !== undefined) error.stack = cause.stack;
  return error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
