// Tells whoever waits at a terminal what is being done.

/** Replaces what it said before; without a text it leaves the line empty. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
}
