import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatErrorJson as errorRecordJson,
  formatErrorText as errorRecordText,
  formatJson as recordJson,
  formatText as recordText,
  toLine,
} from '../../workers/logs/log-format.ts';

type Arguments<F extends (...args: never[]) => string> = Parameters<F>;
const formatText = (...args: Arguments<typeof recordText>): string => toLine(recordText(...args));
const formatJson = (...args: Arguments<typeof recordJson>): string => toLine(recordJson(...args));
const formatErrorText = (...args: Arguments<typeof errorRecordText>): string =>
  toLine(errorRecordText(...args));
const formatErrorJson = (...args: Arguments<typeof errorRecordJson>): string =>
  toLine(errorRecordJson(...args));

const values = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true, withDate: true }),
  fc
    .record({
      name: fc.anything(),
      stack: fc.anything(),
      cause: fc.anything(),
      code: fc.anything(),
    })
    .map((fields) => Object.assign(new Error('m'), fields)),
);
const heads = fc.record({
  timeEpochMs: fc.oneof(fc.integer(), fc.double()),
  requestId: fc.uuid(),
  tenantId: fc.option(fc.string(), { nil: undefined }),
});

test('every log call gives exactly one line, and JSON lines are JSON', () => {
  fc.assert(
    fc.property(heads, fc.array(values, { maxLength: 4 }), (head, args) => {
      const json = formatJson(head, 'INFO', args);
      assert.equal(JSON.parse(json).requestId, head.requestId);
      for (const line of [json, formatText(head, 'INFO', args)]) {
        assert.equal(line.indexOf('\n'), line.length - 1);
      }
    }),
  );
});

test('every error gives exactly one line that says what kind it is', () => {
  fc.assert(
    fc.property(heads, values, (head, error) => {
      const json = formatErrorJson(head, error);
      const text = formatErrorText(head, 'Invoke Error', error);
      assert.notEqual(JSON.parse(json).message, undefined);
      assert.match(text, /\tERROR\tInvoke Error \t/);
      for (const line of [json, text]) assert.equal(line.indexOf('\n'), line.length - 1);
    }),
  );
});
