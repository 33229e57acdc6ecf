// The Runtime API client on a transport that a test writes the replies for.
import assert from 'node:assert/strict';
import type { Outcome } from '../../src/core/outcome.ts';
import type { RuntimeApiMoment } from '../../src/core/ports.ts';
import { RuntimeApiClient } from '../../src/runtime-api/runtime-api-client.ts';
import type { Reply, RequestParts } from '../../src/runtime-api/transport.ts';
import { SimClock, seededRandom } from '../sim/sim-clock.ts';

export type Played = {
  readonly client: RuntimeApiClient;
  readonly sent: readonly RequestParts[];
  /** On which connection each was sent. */
  readonly connections: readonly string[];
  readonly moments: readonly RuntimeApiMoment[];
  readonly clock: SimClock;
};

export type Scripted = Partial<Reply> | Error;

export const KEY = { requestId: 'id 1/#', invocationId: 'nonce' };
export const SUCCESS: Extract<Outcome, { kind: 'success' }> = {
  kind: 'success',
  body: new TextEncoder().encode('{"ok":1}'),
};
export const FAILURE: Outcome = {
  kind: 'failure',
  error: { errorType: 'TypeError', errorMessage: 'bad', trace: ['TypeError: bad'] },
  headerType: 'Function.TypeError',
  xrayCause: '{"paths":[]}',
};

/** A client on a transport that replies what the script says, one entry a request. */
export function play(...script: readonly Scripted[]): Played {
  const sent: RequestParts[] = [];
  const connections: string[] = [];
  const moments: RuntimeApiMoment[] = [];
  const clock = new SimClock(seededRandom(1));
  const left = [...script];
  const open = (name: string) => ({
    async exchange(parts: RequestParts): Promise<Reply> {
      sent.push(parts);
      connections.push(name);
      const reply = left.shift();
      assert.ok(reply !== undefined, 'the client asked more often than the script says');
      if (reply instanceof Error) throw reply;
      return { status: 202, headers: {}, body: new Uint8Array(), ...reply };
    },
    async close() {},
  });
  const client = new RuntimeApiClient({
    clock,
    userAgent: 'lambda-bulkhead/test',
    onMoment: (moment) => moments.push(moment),
    address: '127.0.0.1:9',
    transport: open('first'),
    openSecond: () => open('second'),
  });
  return { client, sent, connections, moments, clock };
}

export function errorReply(status: number, errorType: string): Scripted {
  return { status, body: new TextEncoder().encode(JSON.stringify({ errorType })) };
}
