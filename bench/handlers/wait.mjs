// As echo.mjs, but 2 ms later: a handler that waits for something else.
export async function handler(event) {
  await new Promise((resolve) => setTimeout(resolve, 2));
  event.check = event.sequence + event.body.length;
  return event;
}
