// A start that cannot be: what is said of it, and to whom.
import { isRuntimeError } from '../core/errors.ts';
import type { RuntimeApi } from '../core/ports.ts';
import { VERSION } from '../core/version.ts';
import { systemClock } from '../system-clock.ts';

/** Where a Runtime API can be reached, a start that cannot be is reported to it (row A1.6). */
export async function reportUnstartable(env: NodeJS.ProcessEnv, error: unknown): Promise<void> {
  const address = env['AWS_LAMBDA_RUNTIME_API'];
  if (!address || !isRuntimeError(error)) return;
  const { apiOpener } = await import('../runtime-api/create-api.ts');
  let api: RuntimeApi;
  try {
    const open = await apiOpener(address, {
      clock: systemClock,
      userAgent: `lambda-bulkhead/${VERSION}`,
      pipelining: 'off',
      connectsAtOnce: false,
      isMeasuring: false,
      onMoment: () => {},
    });
    api = open();
  } catch {
    // The address is what is wrong, or is wrong as well: there is nobody to report to.
    return;
  }
  const { errorType, message: errorMessage } = error;
  await api.initError({ errorType, errorMessage, trace: [] }, errorType);
}

/** A platform that does not do its part is nobody's wrong setting. */
export function isUsageError(error: unknown): boolean {
  return isRuntimeError(error) && error.errorType !== 'Runtime.PlatformError';
}
