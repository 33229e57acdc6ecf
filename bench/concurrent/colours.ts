// One colour for each variant, the same in every picture.

const COLOURS: Readonly<Record<string, string>> = {
  bulkhead: '#0b6bcb',
  'bulkhead-before': '#7cb7ee',
  'aws-lambda-ric': '#e5770e',
  'aws-lambda-ric-pool': '#f2b57a',
  'aws-lambda-ric-http': '#b4540a',
  floor: '#9aa5b1',
};

export function colourOf(variant: string): string {
  return COLOURS[variant] ?? '#616e7c';
}
