// One colour for each variant, the same in every picture; on a dark page a lighter one.
import { type Colours, COLOURS as SHARED } from '../../src/cli/bench/page-style.ts';

export const COLOURS: Colours = {
  ...SHARED,
  'bulkhead-no-standby': { light: '#7a4fd0', dark: '#b79bff' },
  'bulkhead-before': { light: '#7cb7ee', dark: '#a8d1fb' },
  'bulkhead-uncached': { light: '#7cb7ee', dark: '#a8d1fb' },
  'aws-lambda-ric-cached': { light: '#a8601c', dark: '#d6a26a' },
  'aws-lambda-ric-pool': { light: '#f2b57a', dark: '#f2b57a' },
  'aws-lambda-ric-http': { light: '#b4540a', dark: '#d6a26a' },
  'floor-thread': { light: '#5b6773', dark: '#c3ccd5' },
  floor: { light: '#9aa5b1', dark: '#87929e' },
};

export function colourOf(variant: string): string {
  return COLOURS[variant]?.light ?? '#616e7c';
}
