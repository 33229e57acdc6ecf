import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHandlerName } from '../../workers/loading/handler-name.ts';

const handlers = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('.', '/', 'a', 'b', '\n', ' ') }),
);

test('parseHandlerName() gives three texts or a malformed-name error, never anything else', () => {
  fc.assert(
    fc.property(handlers, (handler) => {
      try {
        const { moduleRoot, moduleName, exportPath } = parseHandlerName(handler);
        assert.ok(handler.startsWith(moduleRoot));
        assert.ok(handler.includes(`${moduleName}.${exportPath}`));
        assert.ok(!moduleName.includes('.') && !moduleName.includes('/'));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        assert.equal(error.name, 'Runtime.MalformedHandlerName', error.stack);
      }
    }),
  );
});

const words = fc.stringMatching(/^[a-z]{1,8}$/);

test('parseHandlerName() finds folder, module and export of an ordinary handler again', () => {
  const parts = fc.tuple(fc.array(words), words, fc.array(words, { minLength: 1 }));
  fc.assert(
    fc.property(parts, ([folders, moduleName, exports]) => {
      const lastSegment = `${moduleName}.${exports.join('.')}`;
      assert.deepEqual(parseHandlerName([...folders, lastSegment].join('/')), {
        moduleRoot: folders.join('/'),
        moduleName,
        exportPath: exports.join('.'),
      });
    }),
  );
});
