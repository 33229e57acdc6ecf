import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHandlerName } from '../../../../workers/loading/handler-name.ts';

function checkName(handler: string, moduleRoot: string, moduleName: string, exportPath: string) {
  test(`parseHandlerName() takes "${handler}" apart`, () => {
    assert.deepEqual(parseHandlerName(handler), { moduleRoot, moduleName, exportPath });
  });
}
checkName('index.handler', '', 'index', 'handler');
checkName('a/b/mod.x.y', 'a/b', 'mod', 'x.y');
checkName('my.mod.handler', '', 'my', 'mod.handler');
checkName('index.', '', 'index', '');
checkName('.handler', '', '', 'handler');
checkName('/abs/x/index.handler', '/abs/x', 'index', 'handler');
// Oddities of the reference client that are kept.
checkName('/index.handler', '', 'index', 'handler');
checkName('a.b/a.b', '', 'a', 'b');
checkName('a/b.c/', 'a', 'b', 'c');

function checkMalformed(handler: string, message: string): void {
  test(`parseHandlerName() refuses "${handler}"`, () => {
    const expected = { name: 'Runtime.MalformedHandlerName', message };
    assert.throws(() => parseHandlerName(handler), expected);
  });
}
const relative = (handler: string): string =>
  `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories ` +
  'in handler names.';
checkMalformed('../x.h', relative('../x.h'));
checkMalformed('malformed..handler', relative('malformed..handler'));
for (const handler of ['indexhandler', 'a.b/handler', '']) {
  const advice = `"${handler}" is not FILE.EXPORT, such as "index.handler"`;
  checkMalformed(handler, `Bad handler: ${advice}`);
}
