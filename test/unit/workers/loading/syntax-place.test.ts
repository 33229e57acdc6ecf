import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadHandler } from '../../../../workers/loading/handler-loader.ts';
import { syntaxPlace } from '../../../../workers/loading/syntax-place.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/handlers', import.meta.url));

test('the place of a mistake is named by file and line, with the line itself', () => {
  const place = syntaxPlace(`${FIXTURES}/syntax-error.mjs`) ?? '';
  assert.match(place, /syntax-error\.mjs:2\n {2}return \{;\n +\^$/);
});

test('a file that parses has no such place', () => {
  assert.equal(syntaxPlace(`${FIXTURES}/echo.mjs`), undefined);
});

test('the error of an ES module that does not parse begins with the place', async () => {
  const loading = loadHandler({ handler: 'syntax-error.handler', taskRoots: [FIXTURES] });
  await assert.rejects(loading, (error: Error) => {
    assert.equal(error.name, 'Runtime.UserCodeSyntaxError');
    assert.match(error.message, /^SyntaxError: /);
    assert.match(error.stack ?? '', /^\S*syntax-error\.mjs:2\n/);
    return true;
  });
});
