// What the soak watches, how fast each may grow, and how fast it did.
import { type Sample, type Slope, slopeOf } from './slope.ts';

export type SoakSample = {
  /** Since the load began. */
  readonly minutes: number;
  readonly invocations: number;
  readonly threads: number;
  readonly descriptors: number;
  readonly children: number;
  readonly rssMb: number;
  /** Of the supervisor thread, after a collection. */
  readonly heapMb: number;
  readonly externalMb: number;
};

export type Measure = {
  readonly name: keyof Omit<SoakSample, 'minutes' | 'invocations'>;
  readonly title: string;
  readonly unit: string;
  /** Growth for an hour that is still called flat. A leak of one per fault is 1,800 an hour. */
  readonly hourMax: number;
};

export const MEASURES: readonly Measure[] = [
  { name: 'threads', title: 'threads', unit: '', hourMax: 3 },
  { name: 'descriptors', title: 'descriptors', unit: '', hourMax: 10 },
  { name: 'children', title: 'child processes', unit: '', hourMax: 3 },
  { name: 'rssMb', title: 'resident memory', unit: 'MB', hourMax: 60 },
  { name: 'heapMb', title: 'heap of the supervisor', unit: 'MB', hourMax: 3 },
  { name: 'externalMb', title: 'external memory of the supervisor', unit: 'MB', hourMax: 3 },
];

export type Growth = {
  readonly measure: Measure;
  readonly perHour: Slope;
  readonly perThousand: Slope;
  /** Steeper than allowed, and surely growing at all. */
  readonly isTooMuch: boolean;
};

/** @throws RangeError for fewer than three samples. */
export function growthOf(samples: readonly SoakSample[], measure: Measure): Growth {
  const along = (x: (sample: SoakSample) => number): Slope =>
    slopeOf(samples.map((sample): Sample => ({ x: x(sample), y: sample[measure.name] })));
  const perHour = along(({ minutes }) => minutes / 60);
  const perThousand = along(({ invocations }) => invocations / 1000);
  const isTooMuch = perHour.slope > measure.hourMax && perHour.low > 0;
  return { measure, perHour, perThousand, isTooMuch };
}

export function growthLine({ measure, perHour, perThousand, isTooMuch }: Growth): string {
  const { title, unit, hourMax } = measure;
  const words = (slope: Slope): string =>
    `${signed(slope.slope)} [${signed(slope.low)}, ${signed(slope.high)}]`;
  return (
    `${title.padEnd(34)} mean ${perHour.mean.toFixed(1)} ${unit}; an hour ${words(perHour)}; ` +
    `1,000 invocations ${words(perThousand)}; bound ${hourMax} an hour` +
    (isTooMuch ? ': TOO MUCH' : '')
  );
}

function signed(value: number): string {
  const digits = Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 4;
  return `${value > 0 ? '+' : ''}${value.toFixed(digits)}`;
}
