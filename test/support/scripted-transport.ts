// The Runtime API client on a transport that a test writes the replies for.
import assert from 'node:assert/strict';
import type { Outcome } from '../../src/core/outcome.ts';
import type { RuntimeApiMoment } from '../../src/core/telemetry-port.ts';
import { RuntimeApiClient } from '../../src/runtime-api/runtime-api-client.ts';
import type { PostHead, Trailers } from '../../src/runtime-api/streamed-post.ts';
import type { Reply, RequestParts } from '../../src/runtime-api/transport.ts';
import { SimClock, seededRandom } from '../sim/sim-clock.ts';

export type Played = {
  readonly client: RuntimeApiClient;
  readonly sent: readonly RequestParts[];
  /** On which connection each was sent. */
  readonly connections: readonly string[];
  readonly posts: readonly ScriptedPost[];
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
  const posts: ScriptedPost[] = [];
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
    openPost: (head, onClosed) => {
      const post = new ScriptedPost(head, onClosed);
      posts.push(post);
      return post;
    },
  });
  return { client, sent, connections, posts, moments, clock };
}

/** A streamed post whose end is the test's to say. */
export class ScriptedPost {
  readonly head: PostHead;
  readonly onClosed: (reason: string) => void;
  readonly reply: Promise<Reply>;
  answer: (reply: Scripted) => void = () => {};
  /** What it was given, as text; its end and its trailers behind it. */
  readonly given: string[] = [];

  constructor(head: PostHead, onClosed: (reason: string) => void) {
    this.head = head;
    this.onClosed = onClosed;
    this.reply = new Promise((resolve, reject) => {
      this.answer = (reply) => {
        if (reply instanceof Error) reject(reply);
        else resolve({ status: 202, headers: {}, body: new Uint8Array(), ...reply });
      };
    });
  }

  write(bytes: Uint8Array, onTaken: () => void): void {
    this.given.push(new TextDecoder().decode(bytes));
    onTaken();
  }

  end(trailers?: Trailers): boolean {
    this.given.push(trailers === undefined ? 'end' : JSON.stringify(trailers));
    return true;
  }

  abort(reason: string): void {
    this.given.push(`aborted: ${reason}`);
    this.answer(new Error(reason));
  }
}

export function errorReply(status: number, errorType: string): Scripted {
  return { status, body: new TextEncoder().encode(JSON.stringify({ errorType })) };
}
