// What a thread has told, as the lines of the evidence: mapped to the sources where that is quick.
import type { RawFrame, RawStack } from '../core/captured-stack.ts';
import { CALLBACK_AT, SUSPENDED_TYPE } from '../core/evidence.ts';
import type { PendingResource } from '../core/thread-protocol.ts';
import { parseFrame, toLines, withoutOuterFrames } from './frames.ts';
import { SourceMaps } from './source-maps.ts';

/** Kept for the next invocation that times out: most often it does so at the same place. */
const maps: SourceMaps = new SourceMaps();

/** For the one place of a callback, a larger map is not read. */
const CALLBACK_MAP_BYTES_MAX = 1_000_000;

/** Reads the source maps that a stack needs, none larger than `bytesMax`. Never throws. */
export function loadMaps({ frames }: Pick<RawStack, 'frames'>, bytesMax: number): void {
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
    others: resources.filter((resource) => !isSuspended(resource)).map(withPlaces),
  };
}

/** With the places of callbacks as the sources have them. */
function withPlaces(resource: PendingResource): PendingResource {
  return { ...resource, details: resource.details.map(withPlace) };
}

function withPlace(detail: string): string {
  const [text = '', place = ''] = detail.split(CALLBACK_AT);
  const [, file = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
  const start = { line: Number(line), column: Number(column) };
  const fields = { text: '', name: '', file, startLine: 0, startColumn: 0, ...start };
  const frame = parseFrame(fields);
  if (file === '' || frame === undefined) return detail;
  loadMaps({ frames: [frame] }, CALLBACK_MAP_BYTES_MAX);
  const found = maps.findAll([frame])[0] ?? frame;
  return `${text}${CALLBACK_AT}${found.file}:${found.line}:${found.column}`;
}

function toFrame(detail: string): readonly RawFrame[] {
  try {
    return [parseFrame(JSON.parse(detail))].filter((frame) => frame !== undefined);
  } catch {
    // User code has damaged the thread.
    return [];
  }
}
