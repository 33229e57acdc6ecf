// The floor for several events at once: as many connections as AWS_LAMBDA_MAX_CONCURRENCY says,
// each of which sends every event back as it came, BENCH_WAIT_MS later, and polls again in the same
// write. It knows no handler, parses no JSON and takes length-framed events only.
import { connect } from 'node:net';

const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const waitMs = Number(process.env.BENCH_WAIT_MS ?? 0);
const GET = 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: bench\r\n\r\n';

for (let lane = 0; lane < Number(process.env.AWS_LAMBDA_MAX_CONCURRENCY); lane += 1) openLane();

function openLane() {
  const socket = connect({ host, port: Number(port), noDelay: true });
  let data = Buffer.alloc(0);
  socket.write(GET);
  socket.on('data', (piece) => {
    data = data.length === 0 ? piece : Buffer.concat([data, piece]);
    for (let used = consume(socket, data); used > 0; used = consume(socket, data)) {
      data = data.subarray(used);
    }
  });
  socket.on('error', () => process.exit(0));
  socket.on('close', () => process.exit(0));
}

/** Takes one reply off the front of `data`; returns its length, 0 when it is not whole yet. */
function consume(socket, data) {
  const headEnd = data.indexOf('\r\n\r\n', 0, 'latin1');
  if (headEnd === -1) return 0;
  const head = data.latin1Slice(0, headEnd);
  const start = headEnd + 4;
  const end = start + Number(/\r\nContent-Length: (\d+)/.exec(head)?.[1]);
  if (!(data.length >= end)) return 0;
  if (head.startsWith('HTTP/1.1 200')) {
    const id = /\r\nLambda-Runtime-Aws-Request-Id: (\S+)/.exec(head)?.[1];
    const event = data.latin1Slice(start, end);
    if (waitMs > 0) setTimeout(answer, waitMs, socket, id, event);
    else answer(socket, id, event);
  }
  return end;
}

function answer(socket, id, event) {
  socket.write(
    `POST /2018-06-01/runtime/invocation/${id}/response HTTP/1.1\r\nHost: bench\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${event.length}\r\n\r\n${event}${GET}`,
    'latin1',
  );
}
