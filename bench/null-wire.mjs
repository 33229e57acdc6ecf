// What the two floors say on the wire, on one connection: replies are taken apart, the answer and
// the next poll go out in one write. It parses no JSON, knows no handler and checks nothing.

export const GET = 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: bench\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** Calls `onEvent(id, pieces, bytes)` for each event; ends the process with the connection. */
export function readEvents(socket, onEvent) {
  let pieces = [];
  let received = 0;
  socket.on('data', (piece) => {
    pieces.push(piece);
    received += piece.length;
    let whole = pieces.length === 1 ? piece : undefined;
    while (received > 0) {
      if (whole === undefined && isPartOfMore(pieces[0], piece)) return;
      whole ??= Buffer.concat(pieces);
      const used = consume(whole, onEvent);
      if (used === 0) break;
      whole = whole.subarray(used);
      received = whole.length;
      pieces = received > 0 ? [whole] : [];
    }
  });
  socket.on('error', () => process.exit(0));
  socket.on('close', () => process.exit(0));
}

/** Writes the answer and the next poll together: no client can take fewer round trips. */
export function writeAnswer(socket, id, pieces, bytes) {
  socket.cork();
  socket.write(
    `POST /2018-06-01/runtime/invocation/${id}/response HTTP/1.1\r\nHost: bench\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`,
    'latin1',
  );
  for (const piece of pieces) socket.write(piece);
  socket.write(GET, 'latin1');
  socket.uncork();
}

/** Takes one reply off the front of `data`; returns its length, 0 when it is not whole yet. */
function consume(data, onEvent) {
  const headEnd = data.indexOf('\r\n\r\n', 0, 'latin1');
  if (headEnd === -1) return 0;
  const head = data.latin1Slice(0, headEnd);
  const length = /\r\nContent-Length: (\d+)/.exec(head)?.[1];
  const start = headEnd + 4;
  if (length !== undefined) {
    const end = start + Number(length);
    if (data.length < end) return 0;
    if (head.startsWith('HTTP/1.1 200')) {
      onEvent(idOf(head), [data.subarray(start, end)], Number(length));
    }
    return end;
  }
  return consumeChunked(data, head, start, onEvent);
}

function consumeChunked(data, head, start, onEvent) {
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
  onEvent(idOf(head), body, bytes);
  return at + 2;
}

function idOf(head) {
  return /\r\nLambda-Runtime-Aws-Request-Id: (\S+)/.exec(head)?.[1];
}

/** Spares the joining of what cannot be whole: a chunked reply that has not come to its end. */
function isPartOfMore(first, last) {
  if (last.length < LAST_CHUNK.length || !first.includes('chunked')) return false;
  return last.latin1Slice(last.length - LAST_CHUNK.length) !== LAST_CHUNK;
}
