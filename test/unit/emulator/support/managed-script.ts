// A small runtime for `node -e`: it does what the event tells it to.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Keys of an event that the runtime obeys. */
export type Order = {
  readonly print?: readonly string[];
  readonly exit?: number;
  readonly kill?: string;
  readonly spin?: boolean;
  readonly child?: boolean;
  readonly exitAfterAnswer?: number;
  readonly env?: readonly string[];
  /** Streams these pieces, and then does what else it is told. */
  readonly stream?: readonly string[];
};

const SCRIPT = `
const { request } = require('node:http');
const { spawn } = require('node:child_process');
const { writeSync } = require('node:fs');
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path: '/2018-06-01/runtime/' + path }, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () => resolve({ headers: reply.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
async function stream(id, order) {
  const headers = {
    'lambda-runtime-function-response-mode': 'streaming',
    'transfer-encoding': 'chunked',
  };
  const path = '/2018-06-01/runtime/invocation/' + id + '/response';
  const sent = request({ host, port, method: 'POST', path, headers });
  const replied = new Promise((resolve, reject) => {
    sent.on('error', reject).on('response', (reply) => reply.resume().on('end', resolve));
  });
  for (const text of order.stream) await new Promise((done) => sent.write(text, done));
  await obey(order);
  sent.end();
  await replied;
}
async function obey(order) {
  for (const line of order.print ?? []) writeSync(1, line + '\\n');
  const answer = { pid: process.pid };
  if (order.child) {
    answer.child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']).pid;
  }
  if (order.env) answer.env = order.env.map((name) => process.env[name]);
  if (order.exit !== undefined) process.exit(order.exit);
  if (order.kill) process.kill(process.pid, order.kill);
  if (order.spin || order.kill) for (;;);
  return answer;
}
async function main() {
  if (process.env.INIT_EXIT) process.exit(Number(process.env.INIT_EXIT));
  if (process.env.INIT_HANG) for (;;);
  if (process.env.INIT_ERROR) {
    await call('POST', 'init/error', process.env.INIT_ERROR);
    process.exit(1);
  }
  for (;;) {
    const event = await call('GET', 'invocation/next');
    const order = JSON.parse(event.body);
    const id = event.headers['lambda-runtime-aws-request-id'];
    if (order.stream) await stream(id, order);
    else await call('POST', 'invocation/' + id + '/response', JSON.stringify(await obey(order)));
    if (order.exitAfterAnswer !== undefined) process.exit(order.exitAfterAnswer);
  }
}
main().catch(() => process.exit(70));
`;

export const MANAGED_COMMAND: readonly string[] = [process.execPath, '-e', SCRIPT];

/** Whether a process exists and is not a zombie that somebody else still has to collect. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A killed process disappears when its parent has collected it, which may take a moment. */
export async function assertGone(pid: number): Promise<void> {
  assert.ok(pid > 0);
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (!isAlive(pid) || isZombie(pid)) return;
    await sleep(10);
  }
  assert.fail(`process ${pid} is still there`);
}

function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // No such process, or no such file system: the plain check decides.
    return false;
  }
}
