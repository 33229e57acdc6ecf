// What a server for several events at once counts, and what it replies to an answer.

export type ServerCounts = {
  polls: number;
  handedOut: number;
  /** Events that found nothing parked when they came. */
  queued: number;
  /** Answers to an id that was never out, that is answered already, or that was given up. */
  unknown: number;
  duplicate: number;
  late: number;
  /** Parked polls whose connection closed. */
  dropped: number;
  parkedMost: number;
  /** The most that was parked and running together. */
  heldMost: number;
  connections: number;
};

export function zeroCounts(): ServerCounts {
  return {
    polls: 0,
    handedOut: 0,
    queued: 0,
    unknown: 0,
    duplicate: 0,
    late: 0,
    dropped: 0,
    parkedMost: 0,
    heldMost: 0,
    connections: 0,
  };
}

export const ACCEPTED: Buffer = reply('202 Accepted', '{"status":"OK"}\n');
export const REFUSED: Buffer = reply(
  '400 Bad Request',
  '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n',
);
export const TOO_LATE: Buffer = reply(
  '410 Gone',
  '{"errorMessage":"The event was given up","errorType":"RequestTimedOut"}\n',
);

function reply(status: string, body: string): Buffer {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json`;
  return Buffer.from(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`, 'latin1');
}
