// How a page of figures looks, in light and in dark, on a screen and on a phone.

/** Colours by the name of what they paint, such as a variant. */
export type Colours = Readonly<Record<string, { readonly light: string; readonly dark: string }>>;

/** Of the variants that both benches have. */
export const COLOURS: Colours = {
  bulkhead: { light: '#0b6bcb', dark: '#5aa9f5' },
  'bulkhead-none': { light: '#12a594', dark: '#3fd0bd' },
  'aws-lambda-ric': { light: '#e5770e', dark: '#ff9d4d' },
};

export function pageStyle(colours: Colours): string {
  return `:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f7f9fb; --rule: #d5dbe1; --ink: #1f2933; --muted: #56626f;
  ${variables(colours, 'light')}
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12171c; --card: #1b222a; --rule: #36414c; --ink: #e6ebf0; --muted: #a5b1bd;
    ${variables(colours, 'dark')}
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 64px; max-width: 1240px; background: var(--page);
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 6px; }
h2 { font-size: 19px; margin: 40px 0 4px; }
h3 { font-size: 14px; margin: 0 0 6px; }
p { margin: 4px 0 12px; color: var(--muted); max-width: 78ch; }
.lead { color: var(--ink); font-size: 18px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 16px 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0 12px; padding: 0;
  list-style: none; font-size: 13px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px;
  margin-right: 6px; vertical-align: -1px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(420px, 100%), 1fr));
  gap: 14px; }
figure { margin: 0; padding: 14px; background: var(--card); border: 1px solid var(--rule);
  border-radius: 8px; }
svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; margin: 8px 0 20px; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0 0 4px; white-space: nowrap; }
th, td { padding: 5px 12px 5px 0; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--rule); }
th { color: var(--muted); font-weight: 500; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
@media (max-width: 700px) {
  body { padding: 16px 12px 48px; }
  dl { grid-template-columns: 1fr; } dt { margin-top: 6px; }
  figure { padding: 10px 6px; }
}
`;
}

/** The colour of a variant, as the pictures of a page name it. */
export function paintOf(variant: string): string {
  return `var(--${variant}, var(--muted))`;
}

function variables(colours: Colours, scheme: 'light' | 'dark'): string {
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}: ${colour[scheme]};`)
    .join(' ');
}
