// A CPU profile of V8 as a flame graph: callers are below, width is time, idle time is left out.
// What is less than a thousandth of the whole is not drawn.
import { basename } from 'node:path';
import { bar, drawing, muted, type Point, text } from '../../src/cli/bench/svg.ts';

export type CpuProfile = {
  readonly startTime: number;
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};
type ProfileNode = {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
};

/** Calls of one function from one caller, with what they have called. */
type Frame = { readonly name: string; readonly origin: Origin; us: number; frames: Frame[] };
type Origin = 'runtime' | 'node' | 'native';

const WIDTH = 1200;
const LEFT = 10;
const ROW_HEIGHT = 17;
const HEAD_HEIGHT = 64;
const CHARACTER_WIDTH = 6.2;
const SHARE_MIN = 0.001;
const PAINT: Readonly<Record<Origin, string>> = {
  runtime: '#7cb7ee',
  node: '#f0c27b',
  native: '#e39a8b',
};
const WORDS: Readonly<Record<Origin, string>> = {
  runtime: 'the runtime',
  node: 'Node.js, in JavaScript',
  native: 'native: system calls, V8, garbage collection',
};

export function renderFlameGraph(profile: CpuProfile, title: string, subtitle: string): string {
  const root = toFrames(profile);
  const depth = depthOf(root, root.us * SHARE_MIN);
  const height = HEAD_HEIGHT + (depth + 1) * ROW_HEIGHT + 12;
  const parts: string[] = [
    text({ x: LEFT, y: 22 }, title, { size: 16, weight: 600 }),
    text({ x: LEFT, y: 40 }, subtitle, { fill: muted }),
    ...Object.entries(WORDS).flatMap(([origin, words], at) => [
      bar({ x: LEFT + at * 260, y: 48 }, 11, 11, PAINT[origin as Origin]),
      text({ x: LEFT + 16 + at * 260, y: 58 }, words, { size: 11 }),
    ]),
  ];
  const scale = (WIDTH - 2 * LEFT) / root.us;
  draw(root, { x: LEFT, y: height - 12 - ROW_HEIGHT }, { scale, totalUs: root.us }, parts);
  return drawing(WIDTH, height, parts);
}

type Scale = { readonly scale: number; readonly totalUs: number };

function draw(frame: Frame, at: Point, scale: Scale, parts: string[]): void {
  const width = frame.us * scale.scale;
  const share = ((100 * frame.us) / scale.totalUs).toFixed(1);
  parts.push(`<g><title>${escaped(frame.name)}: ${share} %</title>`);
  parts.push(bar(at, Math.max(width - 0.5, 0.3), ROW_HEIGHT - 1, PAINT[frame.origin]));
  const room = Math.floor((width - 6) / CHARACTER_WIDTH);
  const label = `${frame.name} ${share} %`;
  if (room > 4) {
    const shown = label.length > room ? frame.name.slice(0, room) : label;
    parts.push(text({ x: at.x + 3, y: at.y + 12 }, shown, { size: 11 }));
  }
  parts.push('</g>');
  let { x } = at;
  for (const above of frame.frames) {
    if (above.us >= scale.totalUs * SHARE_MIN) {
      draw(above, { x, y: at.y - ROW_HEIGHT }, scale, parts);
    }
    x += above.us * scale.scale;
  }
}

function depthOf({ frames }: Frame, usMin: number): number {
  const depths = frames.filter(({ us }) => us >= usMin).map((one) => 1 + depthOf(one, usMin));
  return Math.max(0, ...depths);
}

/** Merged by name and caller, the widest first. */
function toFrames({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const usOf = new Map<number, number>();
  for (const [at, id] of samples.entries()) {
    usOf.set(id, (usOf.get(id) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [top] = nodes;
  if (top === undefined) throw new Error('Cannot draw a profile: there is nothing in it');
  return toFrame([top]);

  function toFrame(same: readonly ProfileNode[]): Frame {
    const below = Map.groupBy(
      same.flatMap(({ children = [] }) => children.flatMap((id) => byId.get(id) ?? [])),
      nameOf,
    );
    below.delete('(idle)');
    const frames = [...below.values()].map(toFrame).sort((one, other) => other.us - one.us);
    const own = same.reduce((sum, { id }) => sum + (usOf.get(id) ?? 0), 0);
    const us = frames.reduce((sum, frame) => sum + frame.us, own);
    const [first] = same;
    return { name: first ? nameOf(first) : '', origin: originOf(first), us, frames };
  }
}

function nameOf({ callFrame: { functionName, url } }: ProfileNode): string {
  const name = functionName || '(anonymous)';
  return url === '' ? name : `${name} ${basename(url)}`;
}

function originOf(node: ProfileNode | undefined): Origin {
  const url = node?.callFrame.url ?? '';
  if (url.startsWith('node:')) return 'node';
  return url === '' ? 'native' : 'runtime';
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
