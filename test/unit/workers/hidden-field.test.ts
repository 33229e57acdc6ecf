import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { hiddenField, hiddenProperty } from '../../../workers/hidden-field.ts';

const FIELD = hiddenField<string>();
const NAME = hiddenProperty('name', (object) => FIELD.read(object));

function make(): { name: unknown; shown: number } {
  const object = { shown: 1 };
  FIELD.put(object, 'value');
  return Object.defineProperty(object, 'name', NAME) as { name: unknown; shown: number };
}

test('a hidden field is read from its object and from what inherits from it', () => {
  const object = make();
  assert.equal(FIELD.read(object), 'value');
  assert.equal(FIELD.read(Object.create(Object.create(object))), 'value');
  assert.equal(FIELD.read({}), undefined);
  assert.equal(FIELD.read(null), undefined);
});

test('fields do not see one another', () => {
  assert.equal(hiddenField<string>().read(make()), undefined);
});

test('a hidden property is read, and does not show', () => {
  const object = make();
  assert.equal(object.name, 'value');
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
  assert.deepEqual(Object.keys(object), ['shown']);
  assert.equal(JSON.stringify(object), '{"shown":1}');
  assert.equal(inspect(object), '{ shown: 1 }');
});

test('what is assigned to a hidden property is a property like any other', () => {
  const object = make();
  const heir = Object.create(object);
  heir.name = 'of the heir';
  assert.equal(object.name, 'value');
  assert.deepEqual(Object.keys(heir), ['name']);
  object.name = 'mine';
  assert.deepEqual({ ...object }, { shown: 1, name: 'mine' });
});
