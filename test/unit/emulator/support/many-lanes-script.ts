// A runtime for Managed Instances, for `node -e`: as many lanes as it is told, in one thread; each
// does what its event tells it to. SIGUSR2 lets go of all that is held; so does SIGTERM, and the
// process ends then.

/** Keys of an event that the runtime obeys. */
export type LaneOrder = {
  /** Lines for stdout; `ID` in them becomes the request id. */
  readonly print?: readonly string[];
  readonly env?: readonly string[];
  /** Says so on stdout, and answers only when an event comes that lets go of this name. */
  readonly hold?: string;
  readonly release?: string;
  readonly exit?: number;
};

const SCRIPT = `
const { request } = require('node:http');
const { writeSync } = require('node:fs');
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const target = { host, port, method, path: '/2018-06-01/runtime/' + path, agent: false };
    const sent = request(target, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () => resolve({ headers: reply.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
// With all lanes held there is nothing else that Node.js would stay for.
setInterval(() => {}, 60_000);
const held = new Map();
let running = 0;
let isEnding = false;
function letGo(name) {
  held.get(name)?.();
  held.delete(name);
}
async function obey(order, id) {
  for (const line of order.print ?? []) writeSync(1, line.replaceAll('ID', id) + '\\n');
  if (order.exit !== undefined) process.exit(order.exit);
  if (order.release) letGo(order.release);
  if (order.hold) {
    const released = new Promise((resolve) => held.set(order.hold, resolve));
    writeSync(1, 'holding ' + order.hold + '\\n');
    await released;
  }
  return { pid: process.pid, env: order.env?.map((name) => process.env[name]) };
}
async function lane() {
  for (;;) {
    const event = await call('GET', 'invocation/next');
    running += 1;
    const id = event.headers['lambda-runtime-aws-request-id'];
    const answer = await obey(JSON.parse(event.body), id);
    await call('POST', 'invocation/' + id + '/response', JSON.stringify(answer));
    running -= 1;
    if (isEnding && running === 0) process.exit(0);
    if (isEnding) return;
  }
}
function letAllGo() {
  for (const name of [...held.keys()]) letGo(name);
}
process.on('SIGUSR2', letAllGo);
process.on('SIGTERM', () => {
  if (running === 0) process.exit(0);
  isEnding = true;
  letAllGo();
});
if (process.env.INIT_EXIT) process.exit(Number(process.env.INIT_EXIT));
if (process.env.INIT_HANG) for (;;);
if (process.env.INIT_ERROR) {
  call('POST', 'init/error', process.env.INIT_ERROR).then(() => process.exit(1));
} else {
  const lanes = Number(process.env.LANES ?? process.env.AWS_LAMBDA_MAX_CONCURRENCY);
  for (let count = 0; count < lanes; count += 1) lane().catch(() => process.exit(70));
}
`;

export const MANY_LANES_COMMAND: readonly string[] = [process.execPath, '-e', SCRIPT];
