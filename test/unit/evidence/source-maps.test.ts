import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { captureStack, type RawFrame } from '../../../src/core/captured-stack.ts';
import { parseStack, toLines } from '../../../src/evidence/frames.ts';
import { LookBudget } from '../../../src/evidence/look-budget.ts';
import { SourceMaps } from '../../../src/evidence/source-maps.ts';

const TSC = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));

/** Each function calls the next; the line of the call ends with the caller's name. */
const SOURCE = `
interface Taken { readonly stack: unknown }

type Capture = () => unknown;

function declared(capture: Capture): Taken {
  const stack = capture(); // declared
  return { stack };
}

const arrow = (capture: Capture): Taken => declared(capture); // arrow

async function waiting(capture: Capture): Promise<Taken> {
  await null;
  return arrow(capture); // waiting
}

const assigned = async function (capture: Capture): Promise<Taken> {
  return await waiting(capture); // assigned
};

class Service {
  readonly #capture: Capture;

  constructor(capture: Capture) {
    this.#capture = capture;
  }

  async run(): Promise<Taken> {
    return await assigned(this.#capture); // run
  }
}

export async function entry(capture: Capture): Promise<Taken> {
  return await new Service(capture).run(); // entry
}
`;
const FUNCTIONS = ['declared', 'arrow', 'waiting', 'assigned', 'run', 'entry'];

type Made = { readonly file: string; readonly source: string };
type Make = (folder: string, source: string) => Promise<Made> | Made;

const TOOLS: Readonly<Record<string, Make>> = {
  'esbuild, minified, with a map beside it': (folder, source) =>
    bundle(folder, source, { minify: true, sourcemap: true }),
  'esbuild, minified, with an inline map': (folder, source) =>
    bundle(folder, source, { minify: true, sourcemap: 'inline' }),
  'esbuild, minified, with a map that no comment names': (folder, source) =>
    bundle(folder, source, { minify: true, sourcemap: 'external' }),
  'esbuild, minified, without the sources in the map': (folder, source) =>
    bundle(folder, source, { minify: true, sourcemap: true, sourcesContent: false }),
  'esbuild, not minified': (folder, source) => bundle(folder, source, { sourcemap: true }),
  tsc: compile,
};

for (const [tool, make] of Object.entries(TOOLS)) {
  test(`functions and lines are those of the source: ${tool}`, async (context) => {
    const folder = temporaryFolder(context);
    const source = join(folder, 'source.ts');
    writeFileSync(source, SOURCE);
    const { file } = await make(folder, source);
    const frames = await runIn(file);

    const maps = new SourceMaps();
    maps.load([file], muchTime());
    const places = maps.findAll(frames, muchTime());

    const lines = toLines({ frames, omitted: 0, isCut: false }, places);
    assert.ok(
      lines.some((line) => /^(async )?(Service\.)?run \(/.test(line)),
      lines.join('\n'),
    );
    const told = places.flatMap((place, index) => {
      return place === undefined ? [] : [{ ...place, name: place.name ?? frames[index]?.name }];
    });
    const shown = JSON.stringify(told, null, 1);
    assert.deepEqual(
      told.map(({ name }) => name),
      FUNCTIONS,
      shown,
    );
    assert.deepEqual(new Set(told.map((place) => place.file)), new Set([source]), shown);
    assert.deepEqual(
      told.map(({ line }) => line),
      FUNCTIONS.map(lineOf),
      shown,
    );
  });
}

test('a file without a map, and one that is none, are left as they are', async (context) => {
  const folder = temporaryFolder(context);
  const source = join(folder, 'source.ts');
  writeFileSync(source, SOURCE);
  const texts = {
    'no comment': '',
    'no such file': '//# sourceMappingURL=missing.map',
    'no JSON': '//# sourceMappingURL=data:application/json,%7B',
    'no map': '//# sourceMappingURL=data:application/json;base64,bnVsbA==',
    'somewhere else': '//# sourceMappingURL=https://example.com/a.map',
    'a text of the program': 'export const text = "//# sourceMappingURL=a.map";',
  };
  for (const [what, text] of Object.entries(texts)) {
    const { file } = await bundle(folder, source, { outfile: join(folder, `${what}.mjs`) });
    appendFileSync(file, `\n${text}\n`);
    const frames = await runIn(file);
    const maps = new SourceMaps();
    maps.load([file], muchTime());
    assert.deepEqual(
      maps.findAll(frames, muchTime()).filter((place) => place !== undefined),
      [],
      what,
    );
  }
});

test('a map that is no regular file is not waited for', async (context) => {
  const folder = temporaryFolder(context);
  const source = join(folder, 'source.ts');
  writeFileSync(source, SOURCE);
  const { file } = await bundle(folder, source, {});
  spawnSync('mkfifo', [`${file}.map`]);
  const maps = new SourceMaps();

  maps.load([file, `${file}.map`, '/dev/zero'], muchTime());

  const frames = await runIn(file);
  assert.equal(maps.findAll(frames, muchTime())[0], undefined);
});

test('a source of any name is no error', (context) => {
  const folder = temporaryFolder(context);
  const file = join(folder, 'out.mjs');
  const names = ['file://%', 'file://host/a', 'a'.repeat(10_000), 1, 'https://a/b', 'c'];
  const maps = new SourceMaps();
  for (const [nth, name] of names.entries()) {
    const path = `${file}${nth}`;
    writeFileSync(path, 'a();');
    writeFileSync(`${path}.map`, JSON.stringify({ mappings: 'AAAA', sources: [name] }));
  }
  const files = names.map((_, nth) => `${file}${nth}`);
  maps.load(files, muchTime());
  const frame = { text: '', name: '', line: 1, column: 1, startLine: 1, startColumn: 1 };
  const frames = files.map((path) => ({ ...frame, file: path, isAsync: false, repeats: 0 }));

  assert.deepEqual(
    maps.findAll(frames, muchTime()).map((place) => place?.file),
    ['file://%', 'file://host/a', undefined, undefined, 'https://a/b', join(folder, 'c')],
  );
});

test('a map that is too big is read once there is time', async (context) => {
  const folder = temporaryFolder(context);
  const source = join(folder, 'source.ts');
  writeFileSync(source, SOURCE);
  const { file } = await bundle(folder, source, { sourcemap: true });
  const frames = await runIn(file);
  const maps = new SourceMaps();

  maps.load([file], new LookBudget(performance.now()));
  assert.equal(maps.findAll(frames, muchTime())[0], undefined);
  maps.load([file], muchTime());
  assert.equal(maps.findAll(frames, muchTime())[0]?.file, source);
});

async function bundle(folder: string, source: string, options: BuildOptions): Promise<Made> {
  const file = options.outfile ?? join(folder, 'out.mjs');
  const fixed: BuildOptions = { bundle: true, format: 'esm', platform: 'node', logLevel: 'error' };
  await build({ entryPoints: [source], outfile: file, ...fixed, ...options });
  return { file, source };
}

function compile(folder: string, source: string): Made {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const options = '--ignoreConfig --module nodenext --target es2022 --sourceMap --outDir';
  const args = [TSC, ...options.split(' '), join(folder, 'out'), source];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  return { file: join(folder, 'out', 'source.js'), source };
}

async function runIn(file: string): Promise<readonly RawFrame[]> {
  const module: unknown = await import(pathToFileURL(file).href);
  const { entry } = module as { entry: (capture: () => unknown) => Promise<{ stack: unknown }> };
  const { stack } = await entry(captureStack);
  return parseStack(stack, 1)?.frames.filter((frame) => frame.file === file) ?? [];
}

function lineOf(name: string): number {
  return SOURCE.split('\n').findIndex((line) => line.endsWith(`// ${name}`)) + 1;
}

function temporaryFolder(context: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulkhead-maps-')));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function muchTime(): LookBudget {
  return new LookBudget(performance.now() + 10_000);
}
