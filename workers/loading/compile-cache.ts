// The shipped compile cache is this thread's alone: Node reads where it is from the thread's
// environment, before the first line here has run, and children would write to it.
import { CACHE_VARIABLES } from '../../src/core/compile-cache.ts';

/** Takes out of the environment what the runtime has put there. */
export function hideCompileCache(env: NodeJS.ProcessEnv): void {
  for (const name of CACHE_VARIABLES) delete env[name];
}
