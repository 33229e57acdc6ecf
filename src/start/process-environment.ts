// The variables and arguments of this process as handlers are to find them.
import type { Config } from '../core/config.ts';
import { publishHandler } from '../os/handler-variable.ts';
import { layerPath } from '../os/layer-path.ts';

/** Of this process, of which each worker gets a copy. */
export function prepareEnvironment(env: NodeJS.ProcessEnv, config: Config): void {
  const { handler, isolation, nodeOptions } = config;
  // A matter between the guardian and this thread.
  delete env['BULKHEAD_JOURNAL'];
  delete env['BULKHEAD_NODE_OPTIONS'];
  const hasPreloads = Boolean(env['NODE_OPTIONS']) || process.execArgv.length > 0;
  publishHandler({ env, handler, isInline: isolation === 'none', hasPreloads });
  if (nodeOptions !== undefined) env['NODE_OPTIONS'] = nodeOptions;
  const nodePath = env['NODE_PATH'] || layerPath(process.versions.node);
  if (nodePath) env['NODE_PATH'] = nodePath;
}

/** What follows the path of Node: as under the reference client the program, then the handler. */
export function programArguments(handler: string | undefined): readonly string[] {
  return [process.argv[1] ?? '', ...(handler === undefined ? [] : [handler])];
}
