import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  boundErrorPayload,
  serializeErrorPayload,
  toErrorPayload,
} from '../../src/core/error-payload.ts';
import { functionErrorType } from '../../src/core/error-type.ts';
import { toXrayCause, XRAY_CAUSE_BYTES_MAX } from '../../src/core/xray-cause.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 3000 });
const payloads = fc.record({
  errorType: anyText,
  errorMessage: anyText,
  trace: fc.array(anyText, { maxLength: 40 }),
});
const oddErrors = fc
  .record({ name: fc.anything(), message: fc.anything(), stack: fc.anything() })
  .map((fields) => Object.assign(new Error(), fields));
const thrown = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withObjectString: true }),
  oddErrors,
);

test('toErrorPayload() is total and gives three fields of the right types', () => {
  fc.assert(
    fc.property(thrown, (value) => {
      const { errorType, errorMessage, trace } = toErrorPayload(value);
      assert.equal(typeof errorType, 'string');
      assert.equal(typeof errorMessage, 'string');
      assert.ok(trace.every((line) => typeof line === 'string'));
      assert.match(functionErrorType(errorType), /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/);
    }),
  );
});

test('boundErrorPayload() fits, whatever the payload, and keeps what fits as it is', () => {
  fc.assert(
    fc.property(payloads, fc.integer({ min: 1024, max: 20_000 }), (payload, bytesMax) => {
      const bytes = (value: typeof payload): number =>
        Buffer.byteLength(serializeErrorPayload(value), 'utf8');
      const bounded = boundErrorPayload(payload, bytesMax) as typeof payload;
      assert.ok(bytes(bounded) <= bytesMax, `${bytes(bounded)} > ${bytesMax}`);
      if (bytes(payload) < bytesMax) assert.equal(bounded, payload);
    }),
  );
});

test('toXrayCause() is total, ASCII, bounded and JSON', () => {
  fc.assert(
    fc.property(thrown, anyText, (value, folder) => {
      const cause = toXrayCause(value, folder);
      if (cause === undefined) return;
      assert.match(cause, /^[\x20-\x7E]+$/);
      assert.ok(cause.length <= XRAY_CAUSE_BYTES_MAX);
      assert.equal(JSON.parse(cause).exceptions.length, 1);
    }),
  );
});
