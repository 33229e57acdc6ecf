// Where a file does not parse. Node knows it for an ES module but does not put it in the error.

/** Longest time the check may take, ms. It runs once, when Init has failed anyway. */
const CHECK_MS_MAX = 3000;

/**
 * Lets Node check the file and returns what it prints above the error: `FILE:LINE`, the line, and a
 * caret below the place. Undefined when the file parses and the mistake is in one it imports.
 */
export function syntaxPlace(file: string): string | undefined {
  // Only now: loading it takes a millisecond of each start.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { stderr, status } = spawnSync(process.execPath, ['--check', file], {
    encoding: 'utf8',
    timeout: CHECK_MS_MAX,
    // Preloads have no business here.
    env: {},
  });
  const [place = ''] = (stderr ?? '').split('\n\n');
  return status === 1 && place.includes(file) ? place.trimEnd() : undefined;
}
