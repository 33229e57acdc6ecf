// Reads what objects hold without running any code of the user's.

// Taken before user code can replace them.
const { getOwnPropertyDescriptor, ownKeys } = Reflect;

/** The value of an own property; undefined for a getter, which may be the user's. */
export function ownValue(object: unknown, key: PropertyKey): unknown {
  try {
    return isObject(object) ? getOwnPropertyDescriptor(object, key)?.value : undefined;
  } catch {
    // A variable of a scope that its code has not come to yet; or a proxy.
    return undefined;
  }
}

/** The value under the symbol of that name: Node and its packages hide their state so. */
export function ownValueBySymbol(object: unknown, description: string): unknown {
  if (!isObject(object)) return undefined;
  const key = ownKeys(object).find((one) => {
    return typeof one === 'symbol' && one.description === description;
  });
  return key === undefined ? undefined : ownValue(object, key);
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
