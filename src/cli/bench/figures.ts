// Numbers as people read them. What is not known is a dash.

/** Fewer digits, the larger it is: 0.42, 7.1, 183. */
export function figure(value: number | undefined): string {
  if (value === undefined) return '-';
  const size = Math.abs(value);
  return value.toFixed(size < 1 ? 2 : size < 10 ? 1 : 0);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
