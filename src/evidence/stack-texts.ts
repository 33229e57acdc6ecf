// What a thread has told, as the lines of the evidence: mapped to the sources where that is quick.
import type { RawFrame, RawStack } from '../core/captured-stack.ts';
import { SUSPENDED_TYPE } from '../core/evidence.ts';
import type { PendingResource } from '../core/thread-protocol.ts';
import { parseFrame, toLines, withoutOuterFrames } from './frames.ts';
import { SourceMaps } from './source-maps.ts';

/** Kept for the next invocation that times out: most often it does so at the same place. */
const maps: SourceMaps = new SourceMaps();

/** Reads the source maps that a stack needs, none larger than `bytesMax`. Never throws. */
export function loadMaps({ frames }: RawStack, bytesMax: number): void {
  maps.load(
    frames.map(({ file }) => file),
    bytesMax,
  );
}

/** The lines of a stack, innermost first; with what has been loaded. */
export function stackLines(stack: RawStack): readonly string[] {
  const frames = withoutOuterFrames(stack.frames);
  return toLines({ ...stack, frames }, maps.findAll(frames));
}

/** The chains of suspended functions among what a thread waits for, and the rest. */
export function splitSuspended(resources: readonly PendingResource[]): {
  readonly suspended: readonly RawStack[];
  readonly others: readonly PendingResource[];
} {
  const isSuspended = ({ type }: PendingResource): boolean => type === SUSPENDED_TYPE;
  return {
    suspended: resources.filter(isSuspended).map(({ details }) => {
      return { frames: details.flatMap(toFrame), omitted: 0, isCut: false };
    }),
    others: resources.filter((resource) => !isSuspended(resource)),
  };
}

function toFrame(detail: string): readonly RawFrame[] {
  try {
    return [parseFrame(JSON.parse(detail))].filter((frame) => frame !== undefined);
  } catch {
    // User code has damaged the thread.
    return [];
  }
}
