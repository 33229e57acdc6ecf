// The floor of isolation: a client that starts one thread, polls when the thread says that it is
// there, hands every event to it and sends back what comes. The thread is started before anything
// else is loaded, and the connection is made meanwhile.
import { Worker } from 'node:worker_threads';

/** Below it a copy is cheaper than to hand the memory over. */
const COPIED_BYTES_MAX = 16_384;

const thread = new Worker(
  `const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (event) =>
    parentPort.postMessage(event, event.length > ${COPIED_BYTES_MAX} ? [event.buffer] : []));
  parentPort.postMessage('ready');`,
  { eval: true },
);
const isReady = new Promise((resolve) => thread.once('message', resolve));

const { connect } = process.getBuiltinModule('node:net');
const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const socket = connect({ host, port: Number(port), noDelay: true });
const { GET, readEvents, writeAnswer } = await import('./null-wire.mjs');

let running;
await isReady;
thread.on('message', (event) => writeAnswer(socket, running, [event], event.length));
readEvents(socket, (id, pieces, bytes) => {
  running = id;
  const event = joined(pieces, bytes);
  thread.postMessage(event, bytes > COPIED_BYTES_MAX ? [event.buffer] : []);
});
socket.write(GET);

/** In memory of its own: what a socket gives shares its memory with other pieces. */
function joined(pieces, bytes) {
  const event = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    event.set(piece, at);
    at += piece.length;
  }
  return event;
}
