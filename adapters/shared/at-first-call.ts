/** What has only methods that answer later: a capability as adapters offer it. */
type Asynchronous<T> = { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> };

/**
 * An adapter that is loaded when it is first asked, so that a cold start does not wait for the client library of somebody who is
 * asked last or not at all. It looks like the adapter itself: each of its methods answers later in any case.
 */
export function atFirstCall<T extends Asynchronous<T>>(load: () => Promise<T>): T {
  let loaded: Promise<T> | undefined;
  const methods = new Map<PropertyKey, unknown>();
  const methodOf =
    (name: PropertyKey) =>
    async (...args: unknown[]) => {
      loaded ??= load();
      const adapter = await loaded;
      const method: unknown = Reflect.get(adapter, name);
      if (typeof method !== 'function') throw new TypeError(`The adapter has no method ${String(name)}.`);
      return method.apply(adapter, args);
    };
  // Its own properties are none: T is what the proxy answers to, and T has nothing but methods.
  return new Proxy({} as T, {
    get(_, name) {
      if (!methods.has(name)) methods.set(name, methodOf(name));
      return methods.get(name);
    },
  });
}
