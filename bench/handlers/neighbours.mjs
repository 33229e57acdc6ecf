// Light events wait 2 ms; a heavy one keeps its thread busy for as long as it says. The heavy one
// counts its own processor time: on a busy machine it does the same work, not less.
export async function handler({ sequence, burnMs }) {
  if (burnMs === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
  else burn(burnMs * 1000);
  return { sequence };
}

function burn(microseconds) {
  const start = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(start);
    if (user + system >= microseconds) return;
  }
}
