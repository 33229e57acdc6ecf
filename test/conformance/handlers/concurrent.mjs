// Waits at the gate of the test, so that the test says what runs at once, and then does what the
// gate says.
import { setTimeout as wait } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

const store = globalThis.awslambda.InvokeStore;

/** Goes on when the test lets this invocation go on, in the way that it wants. */
async function passGate(event, { awsRequestId }) {
  const reply = await fetch(`${event.gate}/${threadId}/${awsRequestId}`);
  await WAYS[await reply.text()](event);
}

function facts(event, context) {
  return {
    pid: process.pid,
    threadId,
    label: event.label,
    requestId: context.awsRequestId,
    storeRequestId: store.getRequestId(),
    traceId: context.xRayTraceId ?? null,
    storeTraceId: store.getXRayTraceId() ?? null,
    own: store.get('own') ?? null,
    envTraceId: process.env._X_AMZN_TRACE_ID ?? null,
    remainingMs: context.getRemainingTimeInMillis(),
  };
}

const never = () => new Promise(() => {});

const WAYS = {
  answers: () => {},
  throws({ label }) {
    throw new RangeError(`thrown by ${label}`);
  },
  async rejectsUnheard() {
    void Promise.reject(new RangeError('nobody listens'));
    return never();
  },
  async throwsInTimer() {
    setTimeout(() => {
      throw new SyntaxError('in a timer');
    }, 1);
    return never();
  },
  exits: () => process.exit(7),
  /** Behind its answer it keeps the thread busy for a while. */
  leavesWork() {
    setTimeout(() => {
      const endMs = performance.now() + 300;
      while (performance.now() < endMs);
    }, 1);
  },
  spins: () => {
    for (;;); // spin
  },
};

/** Facts from before the gate and from behind it. */
export const handler = async (event, context) => {
  store.set('own', event.label);
  const before = facts(event, context);
  await passGate(event, context);
  return { before, after: facts(event, context) };
};

/** Answers by itself after a time. */
export const waits = async (event, context) => {
  await wait(event.ms);
  return { label: event.label, requestId: context.awsRequestId, pid: process.pid };
};

/** Writes lines before the gate, behind it and while others write. */
export const logs = async (event, context) => {
  console.log(`${event.label} arrives`);
  await passGate(event, context);
  for (let step = 0; step < event.steps; step += 1) {
    console[step % 2 === 0 ? 'info' : 'error'](`${event.label} step ${step}`);
    await wait(step % 3);
  }
  console.log({ leaves: event.label });
  return event.label;
};

/** Streams one half, waits at the gate, streams the other. */
export const streams = globalThis.awslambda.streamifyResponse(async (event, stream, context) => {
  stream.write(`${event.label} `.repeat(event.count));
  await passGate(event, context);
  stream.end(` ${event.label}`.repeat(event.count));
});
