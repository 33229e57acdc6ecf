// Whose code runs just now, for whoever looks into the thread from outside (src/evidence/look.ts).
import { RUNNING_NUMBER } from '../../src/core/captured-stack.ts';

// Taken before user code can replace them.
const { defineProperty, freeze } = Object;

/** Not enumerable, and there for good: who finds it and calls it is told its own number. */
export function installRunningNumber(currentNumber: () => number | undefined): void {
  const value = freeze(() => currentNumber());
  defineProperty(globalThis, Symbol.for(RUNNING_NUMBER), { value });
}
