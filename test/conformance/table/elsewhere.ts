// Rows without a case of their own: what shows them instead, or why nothing can. Every row is here
// or in a case, which a test sees to. And what the runs have shown to be otherwise than a row says.

/** Files that show it. */
export const SHOWN_BY: Readonly<Record<string, string>> = {
  'A7.13': 'test/fault/telemetry.test.ts',
  'A7.14': 'test/golden/golden.test.ts',
  'A9.5': 'test/conformance/concurrent.test.ts',
  'A10.1': 'test/process/managed-instances-settings.test.ts',
  'A10.2': 'test/process/managed-instances-settings.test.ts',
  'A10.3': 'test/process/preloads.test.ts',
  'A10.4': 'test/process/preloads.test.ts',
  'A10.5': 'test/fault/managed-instances/contexts.test.ts',
  'A10.6': 'test/fault/managed-instances/crashes.test.ts',
  'A10.7': 'test/integration/runtime-api-faults.test.ts',
  'A10.8': 'test/fault/managed-instances/contexts.test.ts',
  'A10.9': 'test/fault/managed-instances/lanes.test.ts',
  'A10.10': 'test/fault/managed-instances/contexts.test.ts',
  T15: 'test/fault/memory.test.ts',
  N5: 'test/fault/managed-instances/contexts.test.ts',
};

/** Nothing of it can be seen from outside, or it is not there yet. */
export const OPEN: Readonly<Record<string, string>> = {
  'A1.7': 'of the build: there is no native code that could be missing',
  'A9.8': 'of the reference client’s build, which bench/install-reference.ts makes a release',
  'A11.1': 'of the installation: `.ci/check-package` installs the package without scripts',
  'A11.2': 'of the installation: there is no native code',
  'A11.3': 'of the installation: package.json names the dependencies',
  'A12.6': 'a statement about the reference client, not a behaviour',
  'A12.7': 'names the reference client’s own tests',
  'A12.8': 'names the reference client’s own tests',
  T7: 'needs a native addon, which no test here builds',
  T16: 'of tools that attach to the process, which no case does',
  T21: 'needs a native addon, which no test here builds',

  N6: 'only of Node 22: what AsyncLocalStorage.enterWith leaves behind',
};

/** Where the reference client was seen to do something else than the row says. */
export const NOTES: Readonly<Record<string, string>> = {
  'A3.9': 'an empty tenant id is undefined for the handler of 4.0.2, not the empty string',
  'A4.11': 'a request id of two dots does not stay: libcurl takes it for the folder above',
  'A7.1': 'console.dirxml() is not patched; warnings of Node’s come out as ERROR lines',
};
