import { type Informer, startInformer } from './informer.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject } from './objects.ts';
import { pathOf, type ResourceType } from './resources.ts';

/** One informer for each kind, however many controllers look at it. */
export interface Informers {
  /** `T` is the shape of that kind. */
  of<T extends KubeObject>(type: ResourceType): Informer<T>;
  close(): void;
}

/** Starts informers when they are first asked for. */
export function createInformers(client: KubeClient): Informers {
  const started = new Map<string, Informer<KubeObject>>();
  return {
    of<T extends KubeObject>(type: ResourceType): Informer<T> {
      const known = started.get(pathOf(type)) ?? startInformer<KubeObject>(client, type);
      started.set(pathOf(type), known);
      // The informer of a kind holds that kind's objects; each caller names the fields that it looks at.
      return known as unknown as Informer<T>;
    },
    close() {
      for (const informer of started.values()) informer.close();
    },
  };
}
