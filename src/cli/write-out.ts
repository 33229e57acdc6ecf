// What a command has to say, all of it, on stdout.

/** A pipe may take a large text in pieces; the exit must not cut it. */
export function writeOut(output: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(output, (error) => (error ? reject(error) : resolve()));
  });
}
