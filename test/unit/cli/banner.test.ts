import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BannerFacts, toBanner } from '../../../src/cli/banner.ts';

function banner(changes: Partial<BannerFacts> = {}): string {
  return toBanner({
    handler: 'examples/hello.handler',
    name: 'function',
    url: 'http://127.0.0.1:9000',
    functionUrl: undefined,
    timeoutMs: 3000,
    memoryMb: 1024,
    concurrency: undefined,
    watching: 'yes',
    ...changes,
  });
}

test('the banner has the whole line to try', () => {
  const curl =
    `  curl -d '{"name":"Ada"}' ` +
    'http://127.0.0.1:9000/2015-03-31/functions/function/invocations';

  assert.ok(banner().split('\n').includes(curl));
  assert.match(banner(), /^Bulkhead serves examples\/hello\.handler \(timeout 3 s, 1024 MB, Node/);
  assert.match(banner(), /^Metrics: http:\/\/127\.0\.0\.1:9000\/metrics$/m);
});

test('the banner says how many events may run at once', () => {
  assert.match(banner({ concurrency: 8 }), /\(timeout 3 s, 1024 MB, up to 8 at once, Node/);
});

test('the banner has the Function URL when there is one', () => {
  const functionUrl = 'http://127.0.0.1:9001/';

  assert.match(banner({ functionUrl }), /^Function URL: http:\/\/127\.0\.0\.1:9001\/\nMetrics: /m);
  assert.doesNotMatch(banner(), /Function URL/);
});

test('the banner says whether changes are seen', () => {
  assert.match(banner(), /^Reloads when a file changes\. Ctrl-C stops\.$/m);
  assert.match(
    banner({ watching: 'partly' }),
    /^Reloads .* in the first 1,000 folders only\. Ctrl-C/m,
  );
  assert.match(banner({ watching: 'no' }), /^Does not reload \(--no-watch\)\. Ctrl-C stops\.$/m);
});
