// README names every setting and every error type that the code has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTING_ROWS } from '../../src/core/setting-rows.ts';
import { renderPage } from '../fault/matrix/report-page.ts';
import { intoReadme } from '../fault/matrix/report-readme.ts';
import { PAGE_FILE, readResults } from '../fault/matrix/results.ts';
import { readSources, readText } from '../support/source-files.ts';

/** The emulator's are the platform's own; they are not this runtime's to explain. */
const sources = [...readSources('src'), ...readSources('workers')].filter(
  ({ path }) => !path.startsWith('src/emulator/'),
);
const ERROR_TYPE = /'((?:Runtime|Function|Sandbox)\.[A-Z][A-Za-z]+)'/g;

test('the settings table of README has every setting with its default', () => {
  const rows = tableRows();
  const flaws = SETTING_ROWS.flatMap(({ variable, byDefault }) => {
    const row = rows.find((one) => one.cells[0] === variable);
    if (row === undefined) return [`no row begins with ${variable}`];
    const hasDefault = row.cells.includes(byDefault);
    return hasDefault ? [] : [`the row of ${variable} has no cell "${byDefault}": ${row.line}`];
  });
  assert.deepEqual(flaws, []);
});

test('what is contained is told as the fault suite has seen it', () => {
  const results = readResults();
  const how = 'Run "npm run test:fault -- --render"';
  assert.equal(readText(PAGE_FILE), renderPage(results), how);
  assert.equal(readText('README.md'), intoReadme(readText('README.md'), results), how);
});

test('README names no setting that does not exist', () => {
  const known = new Set(SETTING_ROWS.map(({ variable }) => variable));
  const named = readText('README.md').match(/\bBULKHEAD_[A-Z][A-Z_]*[A-Z]\b/g) ?? [];
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});

test('the error table of README has every error type that the code can give', () => {
  const text = tableRows()
    .map(({ line }) => line)
    .join('\n');
  const types = new Map<string, string>();
  for (const { path, code } of sources) {
    for (const [, type = ''] of code.matchAll(ERROR_TYPE)) types.set(type, path);
  }
  const missing = [...types].filter(([type]) => !new RegExp(`\\b${type}\\b`).test(text));
  assert.ok(types.size > 10, 'the error types are found in the code');
  assert.deepEqual(
    missing.map(([type, path]) => `${type} (${path})`).sort(),
    [],
    'no row of a table names them',
  );
});

type TableRow = { readonly line: string; readonly cells: readonly string[] };

/** Every row of every table; cells without the marks of code and emphasis. */
function tableRows(): TableRow[] {
  return readText('README.md')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('|'))
    .map((line) => ({
      line,
      cells: line
        .trim()
        .replace(/^\||\|$/g, '')
        .split('|')
        .map((cell) => cell.replace(/[`*]/g, '').trim()),
    }));
}
