// The floor: a client that polls, sends every event back as it came, and does nothing else. Its
// loop is what the bench's server, two sockets and two processes cost. Plain JavaScript: its cold
// start must not contain a compiler.
import { connect } from 'node:net';
import { GET, readEvents, writeAnswer } from './null-wire.mjs';

const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const socket = connect({ host, port: Number(port), noDelay: true });

socket.write(GET);
readEvents(socket, (id, pieces, bytes) => writeAnswer(socket, id, pieces, bytes));
