// Name of an error -> value of the header `Lambda-Runtime-Function-Error-Type`.

/** The platform files any other value as `Runtime.Unknown` (contract; design, table of causes). */
const ACCEPTED = /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/;
const PLAIN_NAME = /^[A-Z][a-zA-Z]+$/;
/** No honest name is longer, and a header must stay small. Characters. */
const NAME_CHARS_MAX = 128;

/**
 * The header value for an error of that name.
 *
 * `Runtime.X` and `Function.X` names pass when the platform accepts them as they are; `TypeError`
 * becomes `Function.TypeError`; whatever else a user may have put into `name` becomes
 * `Function.Unknown`.
 */
export function functionErrorType(name: string): string {
  if (name.length > NAME_CHARS_MAX) return 'Function.Unknown';
  if (ACCEPTED.test(name)) return name;
  return PLAIN_NAME.test(name) ? `Function.${name}` : 'Function.Unknown';
}
