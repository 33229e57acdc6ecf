// Says in the error of an Init that waits in vain which file waits (row A2.12).

/** @throws always: the same error, with the files named if it is that one. */
export async function nameUnsettledModule(error: unknown): Promise<never> {
  if (!(error instanceof Error) || error.name !== 'Runtime.NodeJsExit') throw error;
  try {
    // Nobody whose handler loads pays for it.
    const { unsettledModules } = await import('./unsettled-modules.ts');
    const files = await unsettledModules();
    if (files.length > 0) error.message += `. It waits in ${files.join(' or ')}`;
    error.stack = `${error.name}: ${error.message}`;
  } catch {
    // A Node without inspector: the error says what it can.
  }
  throw error;
}
