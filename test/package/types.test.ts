// The types of the package as its users’ compilers see them: every way of resolving modules
// that TypeScript 7 has, both kinds of modules, declarations checked, with and without the types
// of @types/aws-lambda.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import {
  installInto,
  linkPackages,
  makeEmptyFolder,
  PROJECT,
  packInto,
  removeFolder,
} from './archive.ts';

const TSC = join(PROJECT, 'node_modules/typescript/bin/tsc');
const SOURCES = join(PROJECT, 'test/types');

const PROGRAMS = [
  {
    files: ['handlers.ts', 'emulated.ts', 'local-global.ts', 'snapshot-hooks.ts'],
    hasAwsTypes: true,
  },
  { files: ['streams.ts', 'extends-context.ts', 'invoke-store.ts', 'typed.ts'], hasAwsTypes: true },
  {
    files: ['streams.ts', 'local-global.ts', 'invoke-store.ts', 'emulated.ts', 'stream.mjs'],
    hasAwsTypes: false,
  },
] as const;

const RESOLUTIONS = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'preserve', moduleResolution: 'bundler' },
] as const;

const folder = makeEmptyFolder();
after(() => removeFolder(folder));
const { file: archive } = packInto(folder);

for (const hasAwsTypes of [true, false]) {
  const home = join(folder, homeOf(hasAwsTypes));
  installInto(home, archive);
  linkPackages(home, ['@types/node', '@aws/lambda-invoke-store']);
  if (hasAwsTypes) linkPackages(home, ['@types/aws-lambda']);
  for (const type of ['module', 'commonjs']) {
    const target = join(home, type);
    mkdirSync(target);
    writeFileSync(join(target, 'package.json'), JSON.stringify({ type }));
    for (const source of [SOURCES, join(PROJECT, 'examples')]) {
      for (const name of readdirSync(source)) {
        copyFileSync(join(source, name), join(target, basename(name)));
      }
    }
  }
}

for (const type of ['module', 'commonjs']) {
  for (const options of RESOLUTIONS) {
    describe(`a package with type ${type}, moduleResolution ${options.moduleResolution}`, () => {
      for (const { files, hasAwsTypes } of PROGRAMS) {
        const beside = hasAwsTypes ? 'beside' : 'without';
        test(`${files.join(', ')}, ${beside} @types/aws-lambda`, () => {
          compile(join(folder, homeOf(hasAwsTypes), type), files, options);
        });
      }
    });
  }
}

function homeOf(hasAwsTypes: boolean): string {
  return hasAwsTypes ? 'beside' : 'without';
}

function compile(cwd: string, files: readonly string[], options: object): void {
  const compilerOptions = {
    ...options,
    target: 'es2022',
    lib: ['es2022'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    allowJs: true,
    noEmit: true,
  };
  const config = join(cwd, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const args = [TSC, '-p', config, '--pretty', 'false'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
}
