// The few SVG elements that the plot needs, as text. Numbers are rounded, text is escaped.

export type Point = { readonly x: number; readonly y: number };

export type TextStyle = {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  readonly weight?: number;
  /** Degrees around the text's own point. */
  readonly turn?: number;
};

export const ink = '#1f2933';
export const faint = '#d5dbe1';
export const muted = '#616e7c';

export function text(at: Point, content: string, style: TextStyle = {}): string {
  const { size = 12, anchor = 'start', fill = ink, weight = 400, turn = 0 } = style;
  const turned = turn === 0 ? '' : ` transform="rotate(${turn} ${n(at.x)} ${n(at.y)})"`;
  return (
    `<text x="${n(at.x)}" y="${n(at.y)}" font-size="${size}" text-anchor="${anchor}" ` +
    `fill="${fill}" font-weight="${weight}"${turned}>${toXmlText(content)}</text>`
  );
}

export function line(from: Point, to: Point, stroke: string, width = 1, dash = ''): string {
  const dashed = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
  return (
    `<line x1="${n(from.x)}" y1="${n(from.y)}" x2="${n(to.x)}" y2="${n(to.y)}" ` +
    `stroke="${stroke}" stroke-width="${width}"${dashed}/>`
  );
}

/** One line through all points, or with `fill` the area that they enclose. */
export function path(
  points: readonly Point[],
  stroke: string,
  width = 1,
  fill = 'none',
  dash = '',
): string {
  const places = points.map(({ x, y }) => `${n(x)},${n(y)}`).join(' ');
  const dashed = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
  return (
    `<polyline points="${places}" fill="${fill}" stroke="${stroke}" ` +
    `stroke-width="${width}"${dashed}/>`
  );
}

export function bar(corner: Point, width: number, height: number, fill: string): string {
  return (
    `<rect x="${n(corner.x)}" y="${n(corner.y)}" width="${n(width)}" height="${n(height)}" ` +
    `fill="${fill}"/>`
  );
}

export function dot(at: Point, radius: number, fill: string, stroke = 'none'): string {
  return (
    `<circle cx="${n(at.x)}" cy="${n(at.y)}" r="${radius}" fill="${fill}" fill-opacity="0.55" ` +
    `stroke="${stroke}"/>`
  );
}

export function drawing(width: number, height: number, parts: readonly string[]): string {
  const font = 'font-family="system-ui, -apple-system, Segoe UI, DejaVu Sans, sans-serif"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      `width="${width}" height="${height}" role="img" ${font}>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** Round steps that divide 0 to `max` into at most about six. */
export function ticks(max: number): number[] {
  const rough = max / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, at) => at * step);
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function toXmlText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
