// The compile cache of the threads, if one was shipped. A start without one asks the file system
// once, and loads nothing for it.
import { existsSync } from 'node:fs';
import type { CompileCache } from '../core/compile-cache.ts';
import type { Config } from '../core/config.ts';

/** @param tell gets one line when there is a cache that cannot be used. */
export async function shippedCache(
  { compileCache, heapLimitMb, isolation }: Config,
  tell: (problem: string) => void,
): Promise<CompileCache | undefined> {
  if (compileCache === undefined) return undefined;
  if (!compileCache.isNamed && !existsSync(compileCache.folder)) return undefined;
  const { findCompileCache } = await import('./compile-cache.ts');
  const hasThreadLimits = isolation !== 'none' && heapLimitMb !== undefined;
  return findCompileCache(compileCache, hasThreadLimits, tell);
}
