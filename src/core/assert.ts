/** Programmer errors crash: an assertion that fails is a bug of ours, never a condition of the environment. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** Returns the value, or crashes when it is null or undefined. */
export function must<T>(value: T | null | undefined, message: string): T {
  assert(value !== null && value !== undefined, message);
  return value;
}

/** For the end of a `switch` that has a case for everything: the compiler sees that nothing is left. */
export function unreachable(value: never): never {
  throw new Error(`assertion failed: nothing is left, but ${JSON.stringify(value)} is`);
}
