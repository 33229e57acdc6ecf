import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderText } from '../../../../src/cli/bench/text-report.ts';
import { madeUpReports, madeUpResult, madeUpVariant } from './made-up.ts';

test('the terminal gets cold starts, loop, phases and handler, and what they mean', () => {
  const text = renderText(madeUpResult());

  assert.match(text, /^Bulkhead +90 +98 +2\.00 \[2\.00–2\.00\] +100 +108 +2\.00 \[/m);
  assert.match(text, /^Bulkhead +220 +300 +- +2\.00 \[2\.00–2\.00\] +150 +70$/m);
  assert.match(text, /^without isolation +110 +150 +- +1 +75 +35$/m);
  assert.match(text, /^Node\.js +0\.0 +20\.0 +20\.0$/m);
  assert.match(text, /^thread +27\.0 +62\.0 +35\.0$/m);
  assert.match(text, /^receive: the event is read +1\.0 +1\.9 +- +4 %$/m);
  assert.match(text, /^all +28 +53 +- +100 %$/m);
  assert.match(text, /^its own time, µs +500 +500 +-$/m);
  assert.match(text, /^The runtime adds 28 µs to an invocation of app\.<handler> \(median\)\./m);
  assert.match(text, / Of all that it adds, 50 % is for the connection to Lambda, 25 % for the /);
  assert.match(text, / The handler itself takes 500 µs\.$/m);
  assert.match(
    text,
    /: \+110 µs \[\+110 to \+110\] an invocation, \+45 ms \[\+40 to \+50\] a cold start\.$/m,
  );
  assert.match(text, /^Ratios are to "without isolation";/m);
});

test('ratios are to the reference client when it was measured', () => {
  const { variants } = madeUpResult();

  const text = renderText(
    madeUpResult({ variants: [...variants, madeUpVariant('aws-lambda-ric', 4)] }),
  );

  assert.match(text, /^Bulkhead +220 +300 +- +0\.25 \[0\.25–0\.25\]/m);
  assert.match(text, /^Ratios are to "aws-lambda-ric";/m);
});

test('what is not known is a dash or said in words', () => {
  const bulkhead = { ...madeUpVariant('bulkhead', 1), cpuUs: undefined, rssMb: undefined };
  const missing = ['aws-lambda-ric is left out: it is not installed here'];

  const text = renderText(
    madeUpResult({ variants: [bulkhead], reports: [], startReports: [], missing }),
  );

  assert.match(text, /^Bulkhead +220 +300 +- +1 +- +-$/m);
  assert.match(text, /^The runtime has reported no phases/m);
  assert.ok(text.endsWith(`${missing[0]}\n`));
  assert.doesNotMatch(text, /NaN|undefined|by phase|by step/);
});

test('a p99 is shown where there are enough samples for it', () => {
  const few = renderText(madeUpResult({ reports: madeUpReports(99) }));
  const enough = renderText(madeUpResult({ reports: madeUpReports(100) }));

  assert.match(few, /^all +28 +\d+ +- +100 %$/m);
  assert.match(enough, /^all +28 +\d+ +280 +100 %$/m);
});
