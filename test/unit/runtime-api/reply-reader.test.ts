import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyReader } from '../../../src/runtime-api/reply-reader.ts';

type Read = { readonly status: number; readonly text: string; readonly isKeptAlive: boolean };

function readAll(wire: string, hasEnd = false): Read[] {
  const all: Read[] = [];
  const reader = new ReplyReader(({ status, body }, isKeptAlive) => {
    all.push({ status, text: Buffer.from(body).toString('latin1'), isKeptAlive });
  });
  reader.push(Buffer.from(wire, 'latin1'));
  if (hasEnd) reader.end();
  return all;
}

function headersOf(wire: string): unknown {
  let headers: unknown;
  const reader = new ReplyReader((reply) => {
    headers = { ...reply.headers };
  });
  reader.push(Buffer.from(wire, 'latin1'));
  return headers;
}

test('several replies in one piece', () => {
  const accepted = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nOK';
  const event = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';
  assert.deepEqual(readAll(accepted + event + accepted), [
    { status: 202, text: 'OK', isKeptAlive: true },
    { status: 200, text: '{}', isKeptAlive: true },
    { status: 202, text: 'OK', isKeptAlive: true },
  ]);
});

test('one byte at a time', () => {
  const wire =
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntextHTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n';
  const statuses: number[] = [];
  const reader = new ReplyReader(({ status }) => statuses.push(status));
  for (const byte of Buffer.from(wire)) reader.push(Buffer.of(byte));
  assert.deepEqual(statuses, [200, 202]);
});

test('what the reader was given may change afterwards', () => {
  const wire = Buffer.from('HTTP/1.1 200 OK\r\nX-A: value\r\nContent-Length: 6\r\n\r\nwhole!');
  for (const cut of [5, 20, 50, wire.length - 3]) {
    let seen = '';
    const reader = new ReplyReader(({ body, headers }) => {
      seen = `${headers['x-a']} ${Buffer.from(body)}`;
    });
    const shared = Buffer.alloc(wire.length);
    for (const piece of [wire.subarray(0, cut), wire.subarray(cut)]) {
      shared.fill(0);
      piece.copy(shared);
      reader.push(shared.subarray(0, piece.length));
    }
    assert.equal(seen, 'value whole!');
  }
});

test('a body without a length ends with the connection', () => {
  const wire = 'HTTP/1.1 200 OK\r\n\r\nto the end';
  assert.deepEqual(readAll(wire), []);
  assert.deepEqual(readAll(wire, true), [{ status: 200, text: 'to the end', isKeptAlive: false }]);
});

test('a body with a length does not end before it', () => {
  assert.deepEqual(readAll('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', true), []);
});

test('informational replies are passed over, and 204 has no body', () => {
  const wire = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n';
  assert.deepEqual(readAll(wire), [{ status: 204, text: '', isKeptAlive: true }]);
});

test('a reason is not needed, nor the blank before it', () => {
  for (const line of ['HTTP/1.1 200', 'HTTP/1.1 200 ', 'HTTP/1.1 200 All is well']) {
    assert.equal(readAll(`${line}\r\nContent-Length: 0\r\n\r\n`)[0]?.status, 200);
  }
});

test('whether the connection goes on', () => {
  const ends = [
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nconnection: Close\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  ];
  for (const wire of ends) assert.equal(readAll(wire)[0]?.isKeptAlive, false);
  const goesOn = 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n';
  assert.equal(readAll(goesOn)[0]?.isKeptAlive, true);
});

test('headers: any case, any space around the value, the first of several', () => {
  const wire =
    'HTTP/1.1 200 OK\r\nX-One:  a b \t\r\nx-ONE: second\r\nEmpty:\r\n' +
    '__proto__: p\r\nConstructor: c\r\nContent-Length:0\r\n\r\n';
  assert.deepEqual(headersOf(wire), {
    'x-one': 'a b',
    empty: '',
    ['__proto__']: 'p',
    constructor: 'c',
    'content-length': '0',
  });
});

const DEFECTS: Readonly<Record<string, RegExp>> = {
  'SSH-2.0-OpenSSH\r\n\r\n': /not a reply: "SSH-2\.0/,
  'HTTP/2 200\r\n\r\n': /not a reply/,
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n': /not a header: "no colon"/,
  'HTTP/1.1 200 OK\r\nname : value\r\n\r\n': /not a header/,
  'HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n': /not a header/,
  'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n': /a reply of the length "-1"/,
  'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n': /two lengths: 1 and 2/,
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n': /transfer encoding "gzip"/,
  'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n': /a reply of 99999999 bytes/,
};
for (const [wire, message] of Object.entries(DEFECTS)) {
  test(`refused: ${JSON.stringify(wire.slice(0, 60))}`, () => {
    assert.throws(() => readAll(wire), { message });
  });
}

test('a head without end is refused, not collected', () => {
  const reader = new ReplyReader(() => {});
  reader.push(Buffer.from('HTTP/1.1 200 OK\r\nX: '));
  const piece = Buffer.alloc(300_000, 'x');
  assert.throws(() => {
    for (let count = 0; count < 5; count += 1) reader.push(piece);
  }, /the head of a reply has more than 1048576 bytes/);
});

test('a body without a length is not read without end', () => {
  const reader = new ReplyReader(() => {});
  reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'));
  const piece = Buffer.alloc(1024 * 1024);
  assert.throws(() => {
    for (let count = 0; count < 8; count += 1) reader.push(piece);
  }, /are not read/);
});
