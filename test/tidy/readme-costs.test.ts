// The table of costs in README is made of a result, not written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestResults } from '../../bench/cost/kept-results.ts';
import { intoReadme } from '../../bench/report/readme-table.ts';
import { readText } from '../support/source-files.ts';

test('the costs in README are those of the newest result of the bench', () => {
  const readme = readText('README.md');
  const how = 'Run "npm run bench -- --render"';
  assert.equal(readme, intoReadme(readme, newestResults()), how);
});
