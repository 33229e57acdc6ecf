// The wire of a streamed post, byte by byte, against a socket server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { StreamedPost } from '../../../src/runtime-api/streamed-post.ts';

const HEAD = {
  path: '/response',
  headers: { 'Content-Type': 'x/y', Trailer: ['A', 'B'], 'Transfer-Encoding': 'chunked' },
};
const REPLY = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}';

async function open(t: TestContext) {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const closed: string[] = [];
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const post = new StreamedPost({ host: '127.0.0.1', port }, HEAD, (reason) => closed.push(reason));
  const [socket] = await connected;
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
  });
  const until = async (end: string): Promise<string> => {
    while (!text.endsWith(end)) await once(socket, 'data');
    return text;
  };
  return { post, socket, closed, until };
}

test('the head, the pieces and the end are on the wire as they should be', async (t) => {
  const { post, socket, until } = await open(t);
  const taken = new Promise<void>((resolve) => post.write(Buffer.from('ab'), resolve));
  const first = await until('2\r\nab\r\n');
  await taken;
  const [start, ...headers] = first.slice(0, first.indexOf('\r\n\r\n')).split('\r\n');
  assert.equal(start, 'POST /response HTTP/1.1');
  for (const header of ['Content-Type: x/y', 'Trailer: A', 'Trailer: B', 'Connection: close']) {
    assert.ok(headers.includes(header), `${header} in ${headers}`);
  }
  assert.equal(post.end(), true);
  await until('0\r\n\r\n');
  socket.end(REPLY);
  const { status, body } = await post.reply;
  assert.equal(status, 202);
  assert.equal(Buffer.from(body).toString(), '{}');
});

test('trailers stand behind the last piece, once', async (t) => {
  const { post, socket, until, closed } = await open(t);
  post.write(Buffer.from('x'), () => {});
  assert.equal(post.end({ A: 'Function.Oops', B: 'e30=' }), true);
  assert.equal(post.end({ A: 'again' }), false);
  post.write(Buffer.from('late'), () => {});
  const text = await until('e30=\r\n\r\n');
  assert.ok(text.endsWith('1\r\nx\r\n0\r\nA: Function.Oops\r\nB: e30=\r\n\r\n'), text);
  socket.end(REPLY);
  await post.reply;
  assert.deepEqual(closed, []);
});

test('a connection that breaks is told before the end, and the reply is none', async (t) => {
  const { post, socket, until, closed } = await open(t);
  post.write(Buffer.from('x'), () => {});
  await until('x\r\n');
  socket.resetAndDestroy();
  await assert.rejects(post.reply);
  assert.equal(closed.length, 1);
  post.write(Buffer.from('dropped'), () => {});
  assert.equal(post.end(), false);
});

test('a connection that breaks after the end has no reply either', async (t) => {
  const { post, socket, until, closed } = await open(t);
  post.end();
  await until('0\r\n\r\n');
  socket.destroy();
  await assert.rejects(post.reply);
  assert.deepEqual(closed, []);
});

test('a reply before the end counts, and says that no more is wanted', async (t) => {
  const { post, socket, until, closed } = await open(t);
  post.write(Buffer.from('x'), () => {});
  await until('x\r\n');
  socket.write(REPLY.replace('202', '413'));
  assert.equal((await post.reply).status, 413);
  assert.deepEqual(closed, ['the Runtime API has answered 413']);
});

test('a post that is given up drops its connection', async (t) => {
  const { post, socket, closed } = await open(t);
  post.write(Buffer.from('x'), () => {});
  const gone = once(socket, 'close');
  post.abort('no time');
  await assert.rejects(post.reply, /no time/);
  await gone;
  assert.deepEqual(closed, ['no time']);
});

test('nobody there is a post without a reply', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const closed: string[] = [];
  const post = new StreamedPost({ host: '127.0.0.1', port }, HEAD, (why) => closed.push(why));
  post.write(Buffer.from('x'), () => {});
  await assert.rejects(post.reply, /ECONNREFUSED/);
  assert.match(closed[0] ?? '', /ECONNREFUSED/);
});
