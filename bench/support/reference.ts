// Where the reference client is, how it was built, and whether it may be measured.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export type ReferenceBuild = {
  readonly version: string;
  readonly cmakeBuildType: string;
  /** Optimiser and assert switches of aws-lambda-cpp, of the addon, and of libcurl. */
  readonly runtimeFlags: string;
  readonly addonFlags: string;
  readonly curlFlags: string;
  readonly compiler: string;
  readonly cmake: string;
  readonly nodeHeaders: string;
};

export const referenceDirectory: string = resolve(
  import.meta.dirname,
  '../node_modules/aws-lambda-ric',
);
export const referenceEntry: string = join(referenceDirectory, 'index.mjs');
export const referenceBuildPath: string = join(referenceDirectory, 'release-build.json');

/** Says why the reference client cannot be measured; undefined when it can. */
export function referenceProblem(): string | undefined {
  if (!existsSync(referenceEntry)) return 'aws-lambda-ric is not installed';
  const addon = join(referenceDirectory, 'rapid-client.node');
  if (!existsSync(addon)) return 'aws-lambda-ric has no native client';
  if (readReferenceBuild() === undefined) return 'aws-lambda-ric was not built as a release';
  // A build without NDEBUG calls this function of the C library; a release build never does.
  if (readFileSync(addon).includes('__assert_fail')) return 'aws-lambda-ric has live asserts';
  return undefined;
}

/** What bench/install-reference.ts saw while it built the client. */
export function readReferenceBuild(): ReferenceBuild | undefined {
  if (!existsSync(referenceBuildPath)) return undefined;
  return JSON.parse(readFileSync(referenceBuildPath, 'utf8')) as ReferenceBuild;
}
