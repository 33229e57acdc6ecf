// Records of the console -> lines on stdout or on the platform's socket, or frames on its telemetry
// descriptor (rows A7.4 and A7.10 to A7.14).
import type { LogSetup } from '../../src/core/thread-protocol.ts';
import { FrameWriter } from '../../src/output/frame-writer.ts';
import { LineWriter } from '../../src/output/line-writer.ts';
import { encodeFrame } from '../../src/output/log-frame.ts';
import { WriteGate } from '../../src/output/write-gate.ts';
import type { RecordSink } from './console-capture.ts';
import { toLine } from './log-format.ts';

export function createSink(setup: LogSetup, stdout: Pick<LineWriter, 'write'>): RecordSink {
  const { format, gate: words, owner, target } = setup;
  if (target?.isFramed !== true) {
    const lines = target === undefined ? stdout : new LineWriter(target.fd, target.lock, owner);
    return { write: (record) => lines.write(toLine(record)) };
  }
  const gate = words === undefined ? undefined : new WriteGate(words);
  const frames = new FrameWriter(target.fd, target.lock, owner, { gate });
  return {
    write(record, level, timeEpochMs) {
      // Row A7.12. A frame knows its length: text keeps its line feeds.
      const message = format === 'TEXT' ? `${record}\n` : record;
      try {
        frames.write(encodeFrame({ format, level, timeEpochMs, message }));
      } catch {
        // No memory for one so long, or Buffer is damaged: no reason to fail the handler.
      }
    },
  };
}
