import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toReadable } from '../../../src/cli/log-view.ts';

const ID = '7c1b0d3e-1111-4222-8333-444455556666';

function platform(line: string): string | undefined {
  return toReadable({ source: 'platform', line });
}

function output(line: string): string | undefined {
  return toReadable({ source: 'stdout', line });
}

test('one line tells how an invocation ended', () => {
  const report = `REPORT RequestId: ${ID}\tDuration: 12.34 ms\tMemory Size: 1024 MB`;

  assert.equal(platform(`START RequestId: ${ID} Version: $LATEST`), undefined);
  assert.equal(platform(`END RequestId: ${ID}`), undefined);
  assert.equal(platform(report), '7c1b0d3e  ✓ ok  12.3 ms');
  assert.equal(
    platform(`${report}\tInit Duration: 85.20 ms`),
    '7c1b0d3e  ✓ ok  12.3 ms, init 85.2 ms',
  );
  assert.equal(
    platform(`${report}\tStatus: error\tError Type: Function.TypeError`),
    '7c1b0d3e  ✗ Function.TypeError  12.3 ms',
  );
  assert.equal(platform(`${report}\tStatus: timeout`), '7c1b0d3e  ✗ timeout  12.3 ms');
  assert.equal(platform(report.replace('12.34', '2900.01')), '7c1b0d3e  ✓ ok  2.90 s');
  assert.equal(platform('INIT_REPORT Status: error Error Type: Runtime.ExitError'), undefined);
  assert.equal(platform('INIT_REPORT Status: timeout'), 'INIT_REPORT Status: timeout');
});

test('what the emulator says of a response is a warning of that invocation', () => {
  assert.equal(
    platform(`RequestId: ${ID} Cannot use it: why`),
    '7c1b0d3e  WARN  Cannot use it: why',
  );
  assert.equal(platform(`RequestId: ${ID} Error: exit`), `RequestId: ${ID} Error: exit`);
});

test('a console line loses its time and most of its id', () => {
  const time = '2026-11-22T12:00:00.000Z';

  assert.equal(output(`${time}\t${ID}\tINFO\thello\tyou`), '7c1b0d3e  INFO  hello\tyou');
  assert.equal(output(`${time}\tundefined\tWARN\tat import`), '-         WARN  at import');
  assert.equal(output(`${time}\t${ID}\tERROR\tone\rtwo`), '7c1b0d3e  ERROR one\ntwo');
});

test('a console line in JSON reads like one in text', () => {
  const start = `{"timestamp":"2026-11-22T12:00:00.000Z","level":"INFO"`;
  const own = `${start},"requestId":"${ID}","message":`;

  assert.equal(output(`${own}"hello you"}`), '7c1b0d3e  INFO  hello you');
  assert.equal(output(`${own}{"a":[1]}}`), '7c1b0d3e  INFO  {"a":[1]}');
  assert.equal(output(`${own}null}`), '7c1b0d3e  INFO  null');
  assert.equal(output(`${start},"message":"at import"}`), '-         INFO  at import');
  const error = { errorType: 'TypeError', errorMessage: 'no', stackTrace: ['TypeError: no'] };
  const stackTrace = [...error.stackTrace, '    at f (/app.mjs:3:9)', '    at node:internal'];
  assert.equal(
    output(`${own}${JSON.stringify({ ...error, stackTrace })}}`),
    '7c1b0d3e  INFO  TypeError: no\n                at f (/app.mjs:3:9)',
  );
  for (const foreign of [`${own}"hello","service":"shop"}`, `${start}}`, '{"message":"x"}']) {
    assert.equal(output(foreign), foreign);
  }
});

test('a runtime that refuses its environment is not tried again', () => {
  assert.match(
    platform('Error: Runtime exited with error: exit status 2') ?? '',
    /^runtime {3}ERROR Cannot start the runtime with this environment: .* "bulkhead dev" again$/,
  );
  const other = 'Error: Runtime exited with error: exit status 1';
  assert.equal(platform(other), other);
});

test('a line of the runtime becomes a sentence with the reason and the frames', () => {
  const line = {
    level: 'ERROR',
    logger: 'bulkhead',
    event: 'invocation_timeout',
    request_id: ID,
    error_type: 'Sandbox.Timedout',
    error_message: 'Task timed out after 1.00 seconds',
    trace: ['Sandbox.Timedout: Task timed out', '    at spin (/app.mjs:3:9)'],
    message: 'Invocation timed out',
  };

  assert.equal(
    output(JSON.stringify(line)),
    '7c1b0d3e  ERROR Invocation timed out: Task timed out after 1.00 seconds\n' +
      '                at spin (/app.mjs:3:9)',
  );
});

test('a stop is told when nobody asked for it, in one line', () => {
  const line = { logger: 'bulkhead', event: 'stopped', message: 'Runtime stopped: why\nmore' };

  assert.equal(output(JSON.stringify({ ...line, level: 'INFO' })), undefined);
  assert.equal(
    output(JSON.stringify({ ...line, level: 'FATAL' })),
    'runtime   FATAL Runtime stopped: why',
  );
});

test('the error report of a worker is shown as its stack, without frames of the runtime', () => {
  const error = {
    errorType: 'TypeError',
    errorMessage: 'boom',
    stack: [
      'TypeError: boom',
      '    at Module.handler (file:///app.mjs:1:44)',
      '    at callPlain (file:///x/dist/workers/handler-call.js:32:24)',
      '    at file:///x/dist/bootstrap/workers/chunk-WKEHEGMP.js:43:7',
    ],
  };
  const text = `Invoke Error \t${JSON.stringify(error)}`;

  assert.equal(
    output(`2026-11-22T12:00:00.000Z\t${ID}\tERROR\t${text}`),
    '7c1b0d3e  ERROR Invoke Error: TypeError: boom\n' +
      '                at Module.handler (file:///app.mjs:1:44)',
  );
});

test('any other line stays as it is', () => {
  for (const line of [
    '',
    'plain',
    '{"level":"INFO","message":"own format"}',
    '{"logger":"bulkhead"',
  ]) {
    assert.equal(output(line), line);
  }
});
