// Makes the golden files by asking the reference client, each kind in a process of its own:
//   node test/golden/make.ts <folder of aws-lambda-ric>
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ERRORS, VALUES } from './cases.ts';

type GoldenEvent = { readonly kind: 'logs' | 'errors' | 'values'; readonly index: number };
type Posted = { readonly path: string; readonly body: string; readonly cause: string | undefined };
type Run = {
  readonly env: Readonly<Record<string, string>>;
  readonly events: readonly GoldenEvent[];
};
type Outputs = {
  readonly stdout: Buffer;
  readonly frames: Buffer;
  readonly socket: Buffer;
  readonly posted: readonly Posted[];
};

const EXPECTED = join(import.meta.dirname, 'expected');
const CAUSE = 'lambda-runtime-function-xray-error-cause';
const LOGS: readonly GoldenEvent[] = [{ kind: 'logs', index: 0 }];
const [client = ''] = process.argv.slice(2);

/** A Runtime API that hands out the events, then leaves the last poll unanswered. */
function serve(events: readonly GoldenEvent[], posted: Posted[], onOver: () => void) {
  let next = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'POST') {
      const body = Buffer.concat(await request.toArray()).toString();
      const cause = request.headers[CAUSE]?.toString();
      posted.push({ path: request.url ?? '', body, cause });
      response.writeHead(202).end('{"status":"OK"}');
      return;
    }
    const event = events[next];
    if (event === undefined) return onOver();
    next += 1;
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': `r-${next}`,
      'lambda-runtime-deadline-ms': String(Date.now() + 60_000),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:1:function:f',
    });
    response.end(JSON.stringify(event));
  };
  return createServer((request, response) => void answer(request, response));
}

async function ask({ env, events }: Run): Promise<Outputs> {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'));
  const posted: Posted[] = [];
  const chunks: Record<'stdout' | 'frames' | 'socket', Buffer[]> = {
    stdout: [],
    frames: [],
    socket: [],
  };
  const collect = (stream: Readable | Socket, into: Buffer[]): void => {
    stream.on('data', (chunk: Buffer) => into.push(chunk));
  };
  let child: ChildProcess | undefined;
  const api = serve(events, posted, () => setTimeout(() => child?.kill('SIGKILL'), 200));
  api.listen(0, '127.0.0.1');
  const socketServer = createSocketServer((socket) => collect(socket, chunks.socket));
  socketServer.listen(join(folder, 'socket'));
  await once(api, 'listening');
  child = spawn(process.execPath, [join(client, 'index.mjs')], {
    cwd: '/',
    env: {
      PATH: process.env['PATH'],
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(api.address() as AddressInfo).port}`,
      LAMBDA_TASK_ROOT: import.meta.dirname,
      _HANDLER: 'handler.handler',
      AWS_LAMBDA_FUNCTION_NAME: 'f',
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/f',
      AWS_LAMBDA_LOG_STREAM_NAME: 's',
      _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET: join(folder, 'socket'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  collect(child.stdout as Readable, chunks.stdout);
  collect(child.stdio[3] as Readable, chunks.frames);
  await once(child, 'close');
  api.close();
  api.closeAllConnections();
  socketServer.close();
  rmSync(folder, { recursive: true });
  const { stdout, frames, socket } = chunks;
  const joined = [stdout, frames, socket].map((each) => Buffer.concat(each));
  const [out = Buffer.of(), frame = Buffer.of(), sock = Buffer.of()] = joined;
  return { stdout: out, frames: frame, socket: sock, posted };
}

function save(name: string, bytes: Buffer | string): void {
  writeFileSync(join(EXPECTED, name), bytes);
  process.stdout.write(`${name}: ${bytes.length}\n`);
}

const toJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
const eventsOf = (kind: 'errors' | 'values', count: number): GoldenEvent[] =>
  Array.from({ length: count }, (_, index) => ({ kind, index }));

async function make(): Promise<void> {
  for (const format of ['TEXT', 'JSON']) {
    const name = format.toLowerCase();
    const env = { AWS_LAMBDA_LOG_FORMAT: format };
    const framed = { ...env, _LAMBDA_TELEMETRY_LOG_FD: '3' };
    save(`${name}-logs.lines`, (await ask({ env, events: LOGS })).stdout);
    save(`${name}-logs.frames`, (await ask({ env: framed, events: LOGS })).frames);
    const warn = { ...env, AWS_LAMBDA_LOG_LEVEL: 'warn' };
    save(`${name}-warn.lines`, (await ask({ env: warn, events: LOGS })).stdout);
    const events = eventsOf('errors', ERRORS.length);
    const errors = await ask({ env, events });
    save(`${name}-errors.lines`, errors.stdout);
    save(`${name}-errors.frames`, (await ask({ env: framed, events })).frames);
    const init = await ask({ env: { ...env, GOLDEN_INIT: 'fails' }, events: [] });
    save(`${name}-init.lines`, init.stdout);
    if (format === 'TEXT') save('errors.json', toJson([...errors.posted, ...init.posted]));
  }
  const several = {
    AWS_LAMBDA_LOG_FORMAT: 'TEXT',
    AWS_LAMBDA_MAX_CONCURRENCY: '1',
    AWS_LAMBDA_NODEJS_WORKER_COUNT: '1',
  };
  save('socket-logs.lines', (await ask({ env: several, events: LOGS })).socket);
  const values = await ask({ env: {}, events: eventsOf('values', VALUES.length) });
  save('values.json', toJson(values.posted.map(({ body }) => body)));
}

await make();
