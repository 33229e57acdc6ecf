// The files of a function, in a folder of their own.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ConformanceCase, Kind } from './case.ts';

/** Writes what the case says; several cases share a module by the first part of the request id. */
export function writeFunction(cases: readonly ConformanceCase[], kind: Kind | undefined): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'conformance-')));
  for (const { files = {}, cwd } of cases) {
    if (cwd !== undefined) mkdirSync(join(folder, cwd), { recursive: true });
    for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
  }
  if (kind !== undefined) {
    const name = kind === 'commonjs' ? 'index.js' : 'index.mjs';
    write(join(folder, name), toModule(cases, kind));
  }
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The id of the event, by which a shared module finds its case. */
export function toRequestId(caseIndex: number, eventIndex: number): string {
  return `c${caseIndex}-${eventIndex}`;
}

function toModule(cases: readonly ConformanceCase[], kind: Kind): string {
  const [first, ...others] = cases;
  if (first === undefined || others.length > 0) return toSharedModule(cases, kind);
  return `${first.before ?? ''}\n${exported(kind)} = ${first.code};\n`;
}

function toSharedModule(cases: readonly ConformanceCase[], kind: Kind): string {
  const handlers = cases.map(({ code }, index) => `  c${index}: ${code},\n`).join('');
  const pick = "handlers[context.awsRequestId.split('-')[0]]";
  return (
    `const handlers = {\n${handlers}};\n` +
    `${exported(kind)} = (event, context) => (0, ${pick})(event, context);\n`
  );
}

function exported(kind: Kind): string {
  return kind === 'commonjs' ? 'exports.handler' : 'export const handler';
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
