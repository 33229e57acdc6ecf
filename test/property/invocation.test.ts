// Whatever the wire brings, reading it gives an Invocation or a RuntimeError, never anything else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RuntimeError } from '../../src/core/errors.ts';
import { parseInvocation } from '../../src/core/invocation.ts';
import { HEADER } from '../../src/core/runtime-api-spec.ts';
import { ReplyReader } from '../../src/runtime-api/reply-reader.ts';
import type { Reply } from '../../src/runtime-api/transport.ts';

const headerName = fc.oneof(...Object.values(HEADER).map((name) => fc.constant(name)), fc.string());
const headerValue = fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(undefined));
/** What a line can carry; blanks at its ends are not part of it. */
const headerText = fc.string().map((text) => text.trim());
const headers = fc
  .array(fc.tuple(headerName, headerValue), { maxLength: 20 })
  .map((entries) => Object.fromEntries(entries));

test('parseInvocation() never throws anything but a RuntimeError', () => {
  fc.assert(
    fc.property(headers, fc.uint8Array(), (record, event) => {
      try {
        const invocation = parseInvocation(record, event);
        assert.notEqual(invocation.requestId, '');
        assert.equal(invocation.event, event);
        const { deadlineEpochMs } = invocation;
        assert.ok(deadlineEpochMs === undefined || deadlineEpochMs > 0);
      } catch (error) {
        assert.ok(error instanceof RuntimeError);
        assert.equal(error.errorType, 'Runtime.InvalidInvocation');
      }
    }),
    { numRuns: 2000 },
  );
});

test('parseInvocation() reads text of any language, sent as UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      const onTheWire = Buffer.from(text, 'utf8').toString('latin1');
      const headers = { [HEADER.requestId]: `r${onTheWire}`, [HEADER.clientContext]: onTheWire };
      const { clientContext, requestId } = parseInvocation(headers, new Uint8Array());
      assert.deepEqual([clientContext, requestId], [text, `r${text}`]);
    }),
  );
});

test('a reply is read with its headers in any case', () => {
  const values = fc.record({
    [HEADER.requestId]: headerText.filter((text) => text !== ''),
    [HEADER.invocationId]: headerText,
    [HEADER.deadlineMs]: fc.integer({ min: 1 }).map(String),
    [HEADER.functionArn]: headerText,
    [HEADER.traceId]: headerText,
    [HEADER.clientContext]: headerText,
    [HEADER.cognitoIdentity]: headerText,
    [HEADER.tenantId]: headerText,
  });
  fc.assert(
    fc.property(values, fc.func(fc.boolean()), (expected, isUpper) => {
      const sent = Object.entries(expected).map(([name, value]) => {
        const onTheWire = Buffer.from(value, 'utf8').toString('latin1');
        return `${isUpper(name) ? name.toUpperCase() : name}: ${onTheWire}\r\n`;
      });
      const replies: Reply[] = [];
      const reader = new ReplyReader((reply) => void replies.push(reply));
      reader.push(
        Buffer.from(`HTTP/1.1 200 OK\r\n${sent.join('')}content-length: 0\r\n\r\n`, 'latin1'),
      );
      const [{ headers = {}, body = new Uint8Array() } = {}] = replies;
      const read = parseInvocation(headers, body);
      assert.equal(read.requestId, expected[HEADER.requestId]);
      assert.equal(read.invocationId, expected[HEADER.invocationId] || undefined);
      assert.equal(String(read.deadlineEpochMs), expected[HEADER.deadlineMs]);
      assert.equal(read.functionArn, expected[HEADER.functionArn]);
      assert.equal(read.traceId, expected[HEADER.traceId] || undefined);
      assert.equal(read.clientContext, expected[HEADER.clientContext] || undefined);
      assert.equal(read.cognitoIdentity, expected[HEADER.cognitoIdentity] || undefined);
      assert.equal(read.tenantId, expected[HEADER.tenantId] || undefined);
    }),
  );
});
