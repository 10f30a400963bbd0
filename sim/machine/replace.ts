/** Puts other properties in the place of some of `of`. Answers what puts the old ones back. */
export function replace(of: object, by: Readonly<Record<string, unknown>>): () => void {
  const before = Object.entries(by).map(([name, value]) => {
    const old = Object.getOwnPropertyDescriptor(of, name);
    Object.defineProperty(of, name, { configurable: true, writable: true, enumerable: old?.enumerable ?? true, value });
    return [name, old] as const;
  });
  return () => {
    for (const [name, old] of before) {
      if (old === undefined) Reflect.deleteProperty(of, name);
      else Object.defineProperty(of, name, old);
    }
  };
}
