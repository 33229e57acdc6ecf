import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseFunctionReference, toFunctionArn } from '../../../src/emulator/function-name.ts';
import { parseInvokePath, STREAM_INVOKE } from '../../../src/emulator/invoke-request.ts';

const ROWS: readonly (readonly [string, string, string | undefined])[] = [
  ['my-func_1', 'my-func_1', undefined],
  ['f:prod', 'f', 'prod'],
  ['f:$LATEST', 'f', '$LATEST'],
  ['function:f', 'f', undefined],
  ['123456789012:f', 'f', undefined],
  ['123456789012:function:f:7', 'f', '7'],
  ['arn:aws:lambda:eu-west-1:123456789012:function:f', 'f', undefined],
  ['arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:prod', 'f', 'prod'],
];

for (const [text, functionName, qualifier] of ROWS) {
  test(`"${text}" names a function`, () => {
    assert.deepEqual(parseFunctionReference(text), { functionName, qualifier });
  });
}

test('other texts name no function', () => {
  for (const text of ['', 'a b', 'a/b', 'arn:aws:s3:::bucket', 'f:a:b', 'é']) {
    assert.equal(parseFunctionReference(text), undefined, text);
  }
});

test('an ARN carries its qualifier', () => {
  const identity = { functionName: 'f', region: 'eu-west-1', accountId: '123456789012' };
  assert.equal(toFunctionArn(identity), 'arn:aws:lambda:eu-west-1:123456789012:function:f');
  assert.equal(
    toFunctionArn(identity, 'prod'),
    'arn:aws:lambda:eu-west-1:123456789012:function:f:prod',
  );
});

test('a path may be percent-encoded and carry the qualifier in its query', () => {
  const arn = encodeURIComponent('arn:aws:lambda:eu-west-1:123456789012:function:f:prod');
  const base = '/2015-03-31/functions';

  assert.deepEqual(parseInvokePath(`${base}/${arn}/invocations`), {
    kind: 'valid',
    value: { functionName: 'f', qualifier: 'prod' },
  });
  assert.deepEqual(parseInvokePath(`${base}/f/invocations?Qualifier=7`), {
    kind: 'valid',
    value: { functionName: 'f', qualifier: '7' },
  });
  assert.equal(parseInvokePath(`${base}/f%3Aprod/invocations?Qualifier=7`)?.kind, 'refused');
  assert.equal(parseInvokePath(`${base}/%zz/invocations`)?.kind, 'refused');
  assert.equal(parseInvokePath(`${base}/f`), undefined);
  assert.equal(parseInvokePath('/'), undefined);
  const streamed = '/2021-11-15/functions/f:7/response-streaming-invocations';
  assert.deepEqual(parseInvokePath(streamed, STREAM_INVOKE), {
    kind: 'valid',
    value: { functionName: 'f', qualifier: '7' },
  });
  assert.equal(parseInvokePath(streamed), undefined);
});
