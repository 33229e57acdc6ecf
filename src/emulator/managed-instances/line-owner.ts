// Whose line of the log it is: with many invocations at once only the line itself can say.

/** The request id that a line in JSON names; undefined for any other line. */
export function requestIdOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { requestId } = JSON.parse(line) as { readonly requestId?: unknown };
    return typeof requestId === 'string' && requestId !== '' ? requestId : undefined;
  } catch {
    // A handler may write any line, such as one that only begins like JSON.
    return undefined;
  }
}
