// What a thread has told, as the lines of the evidence: mapped to the sources where that is quick.
import type { RawFrame, RawStack } from '../core/captured-stack.ts';
import { CALLBACK_AT, SUSPENDED_TYPE } from '../core/evidence.ts';
import type { PendingResource } from '../core/thread-protocol.ts';
import { FRAMES_MAX, type Place, parseFrame, toLines, withoutOuterFrames } from './frames.ts';
import type { LookBudget } from './look-budget.ts';
import { SourceMaps } from './source-maps.ts';

/** Kept for the next invocation that times out: most often it does so at the same place. */
const maps: SourceMaps = new SourceMaps();

/** The lines of a stack, innermost first; of the sources, as far as the budget reaches. */
export function stackLines(stack: RawStack, budget: LookBudget): readonly string[] {
  const frames = withoutOuterFrames(stack.frames);
  return toLines({ ...stack, frames }, placesOf(frames.slice(0, FRAMES_MAX), budget));
}

/** Where the functions are suspended that a thread waits in, those of the invocation first;
 * undefined when it has told of none. */
export function suspendedStack(resources: readonly PendingResource[]): RawStack | undefined {
  const chain = resources.find(isSuspended);
  if (chain === undefined) return undefined;
  return { frames: chain.details.slice(0, FRAMES_MAX).flatMap(toFrame), omitted: 0, isCut: false };
}

/** What else a thread waits for, with the places of callbacks as the sources have them. */
export function otherResources(
  resources: readonly PendingResource[],
  budget: LookBudget,
): readonly PendingResource[] {
  const others = resources.filter((resource) => !isSuspended(resource));
  const details = others.flatMap((resource) => resource.details);
  const told = details.flatMap((detail) => toCallback(detail) ?? []).slice(0, FRAMES_MAX);
  const places = placesOf(
    told.map(({ frame }) => frame),
    budget,
  );
  const texts = new Map(
    told.map(({ detail, text, frame }, index) => {
      const { file, line, column } = places[index] ?? frame;
      return [detail, `${text}${CALLBACK_AT}${file}:${line}:${column}`];
    }),
  );
  return others.map((resource) => {
    return { ...resource, details: resource.details.map((detail) => texts.get(detail) ?? detail) };
  });
}

function placesOf(frames: readonly RawFrame[], budget: LookBudget): readonly (Place | undefined)[] {
  maps.load(
    frames.map(({ file }) => file),
    budget,
  );
  return maps.findAll(frames, budget);
}

function isSuspended({ type }: PendingResource): boolean {
  return type === SUSPENDED_TYPE;
}

type Callback = { readonly detail: string; readonly text: string; readonly frame: RawFrame };

function toCallback(detail: string): Callback | undefined {
  const [text = '', place = ''] = detail.split(CALLBACK_AT, 2);
  const [, file = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
  const start = { line: Number(line), column: Number(column) };
  const fields = { text: '', name: '', file, startLine: 0, startColumn: 0, ...start };
  const frame = parseFrame(fields);
  return file === '' || frame === undefined ? undefined : { detail, text, frame };
}

function toFrame(detail: string): readonly RawFrame[] {
  try {
    return [parseFrame(JSON.parse(detail))].filter((frame) => frame !== undefined);
  } catch {
    // User code has damaged the thread.
    return [];
  }
}
