// The only timers of this room: it has no Clock, because what it waits for is a real thread.

/** Runs once after that time; the returned function prevents it. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.max(0, ms));
  return () => clearTimeout(timer);
}

/** Resolves with the promise's value, or with undefined when that takes longer, or fails. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const cancel = after(ms, () => resolve(undefined));
    const settle = (value: T | undefined): void => {
      cancel();
      resolve(value);
    };
    promise.then(settle, () => settle(undefined));
  });
}
