// Sends the event back with a check value, which proves that it was parsed and handled.
export async function handler(event) {
  event.check = event.sequence + event.body.length;
  return event;
}
