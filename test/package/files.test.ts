// What is in the archive that npm publishes.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { after, test } from 'node:test';
import {
  installInto,
  makeEmptyFolder,
  type PackedFile,
  PROJECT,
  packInto,
  removeFolder,
} from './archive.ts';

/** What it takes when it is installed, bytes, its dependencies not counted. */
const UNPACKED_BYTES_MAX = 2_000_000;
const DOCUMENTS = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];

const folder = makeEmptyFolder();
after(() => removeFolder(folder));
const archive = packInto(folder);
const root = installInto(folder, archive.file);
const paths = new Set(archive.files.map(({ path }) => path));

type PackageJson = {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: unknown;
  readonly main: string;
  readonly types: string;
  readonly typesVersions: unknown;
};
const packageJson = JSON.parse(readText('package.json')) as PackageJson;

test('the archive holds the build, its documents, and nothing else', () => {
  const built = /^dist\/(bootstrap|src|workers)\/.+\.(c?js|d\.c?ts|sh)$/;
  const isExpected = (path: string) => built.test(path) || DOCUMENTS.includes(path);
  const strays = [...paths].filter((path) => !isExpected(path) || /\btests?\b/.test(path));
  assert.deepEqual(strays, []);
  for (const path of DOCUMENTS) assert.ok(paths.has(path), path);
  const bytes = archive.files.reduce((sum, { size }) => sum + size, 0);
  assert.ok(bytes < UNPACKED_BYTES_MAX, `${bytes} bytes`);
});

test('every file that package.json names is there', () => {
  const { bin, exports, main, types, typesVersions } = packageJson;
  const named = textsOf({ bin, exports, main, types, typesVersions });
  assert.ok(named.length > 10);
  const missing = named.filter((path) => !paths.has(path.replace(/^\.\//, '')));
  assert.deepEqual(missing, []);
});

test('commands can be run: their mode says so, and their first line by whom', () => {
  for (const path of Object.values(packageJson.bin)) {
    const file = archive.files.find((one) => one.path === path);
    assert.equal(((file as PackedFile).mode & 0o111) !== 0, true, path);
    const firstLine = path.endsWith('.sh') ? '#!/bin/sh' : '#!/usr/bin/env node';
    assert.equal(readText(path).split('\n', 1)[0], firstLine, path);
  }
});

test('what is compiled is of these sources: nothing is left of one that is gone', () => {
  const compiled = [...paths].filter((path) => /^dist\/(src|workers)\/.*\.js$/.test(path));
  assert.ok(compiled.length > 100);
  const strays = compiled.filter(
    (path) => !existsSync(join(PROJECT, path.replace('dist/', '').replace(/\.js$/, '.ts'))),
  );
  assert.deepEqual(strays, []);
});

test('no file names a source map', () => {
  const naming = [...paths].filter((path) => /\n\/\/# sourceMappingURL=/.test(readText(path)));
  assert.deepEqual(naming, []);
});

test('each relative import leads to a file of the archive', () => {
  const flaws: string[] = [];
  for (const path of paths) {
    if (!/\.(c?js|d\.c?ts)$/.test(path)) continue;
    for (const name of importsOf(readText(path))) {
      const target = relative(root, resolve(root, dirname(path), name));
      const isDeclaration = /\.d\.c?ts$/.test(path);
      const file = isDeclaration ? target.replace(/(\.d)?\.(c?)[jt]s$/, '.d.$2ts') : target;
      if (!paths.has(file)) flaws.push(`${path} imports ${name}`);
    }
  }
  assert.deepEqual(flaws, []);
});

function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function importsOf(text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport|\brequire\(|\bimport\() ?["'](\.[^"']+)["']/g);
  return [...found].map(([, name = '']) => name);
}
