// The floor: a client that polls, sends every event back as it came, and does nothing else. It
// parses no JSON, knows no handler and checks nothing, so its loop is what the bench's server, two
// sockets and two processes cost. Plain JavaScript: its cold start must not contain a compiler.
import { connect } from 'node:net';

const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const GET = 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: bench\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

const socket = connect({ host, port: Number(port), noDelay: true });
let pieces = [];
let received = 0;

socket.write(GET);
socket.on('data', (piece) => {
  pieces.push(piece);
  received += piece.length;
  let whole = pieces.length === 1 ? piece : undefined;
  while (received > 0) {
    if (whole === undefined && isPartOfMore(piece)) return;
    whole ??= Buffer.concat(pieces);
    const used = consume(whole);
    if (used === 0) break;
    whole = whole.subarray(used);
    received = whole.length;
    pieces = received > 0 ? [whole] : [];
  }
});
socket.on('error', () => process.exit(0));
socket.on('close', () => process.exit(0));

/** Takes one reply off the front of `data`; returns its length, 0 when it is not whole yet. */
function consume(data) {
  const headEnd = data.indexOf('\r\n\r\n', 0, 'latin1');
  if (headEnd === -1) return 0;
  const head = data.latin1Slice(0, headEnd);
  const length = /\r\nContent-Length: (\d+)/.exec(head)?.[1];
  const start = headEnd + 4;
  if (length !== undefined) {
    const end = start + Number(length);
    if (data.length < end) return 0;
    if (head.startsWith('HTTP/1.1 200')) answer(head, [data.subarray(start, end)], Number(length));
    return end;
  }
  return consumeChunked(data, head, start);
}

function consumeChunked(data, head, start) {
  const body = [];
  let bytes = 0;
  let at = start;
  for (;;) {
    const lineEnd = data.indexOf('\r\n', at, 'latin1');
    if (lineEnd === -1) return 0;
    const size = Number.parseInt(data.latin1Slice(at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) break;
    if (data.length < at + size + 2) return 0;
    body.push(data.subarray(at, at + size));
    bytes += size;
    at += size + 2;
  }
  if (data.length < at + 2) return 0;
  answer(head, body, bytes);
  return at + 2;
}

/** Writes the answer and the next poll together: no client can take fewer round trips. */
function answer(head, body, bytes) {
  const id = /\r\nLambda-Runtime-Aws-Request-Id: (\S+)/.exec(head)?.[1];
  socket.cork();
  socket.write(
    `POST /2018-06-01/runtime/invocation/${id}/response HTTP/1.1\r\nHost: bench\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`,
    'latin1',
  );
  for (const piece of body) socket.write(piece);
  socket.write(GET, 'latin1');
  socket.uncork();
}

/** Spares the joining of what cannot be whole: a chunked reply that has not come to its end. */
function isPartOfMore(piece) {
  if (piece.length < LAST_CHUNK.length || !pieces[0].includes('chunked')) return false;
  return piece.latin1Slice(piece.length - LAST_CHUNK.length) !== LAST_CHUNK;
}
