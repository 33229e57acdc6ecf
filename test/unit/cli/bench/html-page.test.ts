import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderPage } from '../../../../src/cli/bench/html-page.ts';
import { madeUpResult, madeUpVariant } from './made-up.ts';

test('the page is complete in one file, has four plots, and all colours twice', () => {
  const page = renderPage(madeUpResult());

  assert.equal(page.match(/<svg /g)?.length, 4);
  assert.equal(page.match(/<table>/g)?.length, 5);
  assert.doesNotMatch(page, /<script|<link|<img|@import|url\(|https?:/);
  assert.doesNotMatch(page, /NaN|undefined|Infinity/);
  const [light = '', dark = ''] = page.split('prefers-color-scheme: dark');
  const used = new Set([...page.matchAll(/var\(--([\w-]+)/g)].map(([, name = '']) => name));
  assert.ok(used.size > 5);
  for (const name of used) {
    assert.ok(light.includes(`--${name}: #`), `${name} in the light`);
    assert.ok(dark.includes(`--${name}: #`), `${name} in the dark`);
  }
});

test('the page has every step of the start and every phase of an invocation', () => {
  const page = renderPage(madeUpResult());

  const phases = ['receive', 'dispatch', 'parse', 'stringify', 'return', 'respond', 'repoll'];
  for (const name of ['Node.js', 'thread', ...phases]) assert.ok(page.includes(`>${name}</text>`));
  assert.ok(!page.includes('>handler</text>'));
  assert.match(page, />35\.0 ms<\/text>/);
});

test('every start is in its plot', () => {
  const variants = [madeUpVariant('bulkhead', 1), madeUpVariant('bulkhead-none', 0.5)];

  const page = renderPage(madeUpResult({ variants, reports: [] }));

  // Three starts of each, with two moments; and the median of each loop.
  assert.equal(page.match(/<circle /g)?.length, 12 + 2);
});

test('names are text, not markup', () => {
  const page = renderPage(madeUpResult());

  assert.ok(page.includes('app.&lt;handler&gt;'));
  assert.ok(page.includes('A &amp; B'));
  assert.ok(!page.includes('app.<handler>'));
});

test('without reports the page has the other two plots; the reference has its colour', () => {
  const variants = [madeUpVariant('bulkhead', 1), madeUpVariant('aws-lambda-ric', 2)];

  const page = renderPage(madeUpResult({ reports: [], startReports: [], variants }));

  assert.equal(page.match(/<svg /g)?.length, 2);
  assert.match(page, /--aws-lambda-ric: #/);
  assert.doesNotMatch(page, /NaN|undefined|Infinity/);
});
