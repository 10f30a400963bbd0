import type { Informers } from '../informers.ts';
import { type KubeObject, keyOf } from '../objects.ts';
import { pathOf, type ResourceType } from '../resources.ts';
import type { TargetObject } from './application-types.ts';
import { managerOf } from './target-state.ts';

/** What there is of an Application in the cluster. */
export interface LiveState {
  /** The live object of a target; undefined when it is missing. */
  of(target: TargetObject): KubeObject | undefined;
  /** Objects that the Application manages and that are no target any more. */
  leftOver(application: string, targets: readonly TargetObject[]): TargetObject[];
  /** Takes over the answer to a write. */
  remember(target: TargetObject): void;
  /** Resolves once the kinds of these targets are known. */
  know(targets: readonly TargetObject[]): Promise<void>;
  close(): void;
}

/** Watches the kinds that have occurred in target states; calls `onChange` with the name of the Application concerned. */
export function createLiveState(informers: Informers, onChange: (application: string) => void): LiveState {
  const watched = new Map<string, ResourceType>();
  const stops: (() => void)[] = [];
  const informer = (type: ResourceType) => informers.of<KubeObject>(type);
  return {
    of: ({ type, object }) => informer(type).get(keyOf(object)),
    remember: ({ type, object }) => informer(type).remember(object),
    leftOver(application, targets) {
      const wanted = new Set(targets.map(({ type, object }) => `${pathOf(type)} ${keyOf(object)}`));
      return [...watched.values()].flatMap((type) =>
        informer(type)
          .list()
          .filter((object) => managerOf(object) === application && !wanted.has(`${pathOf(type)} ${keyOf(object)}`))
          .map((object) => ({ type, object })),
      );
    },
    async know(targets) {
      for (const { type } of targets) {
        if (watched.has(pathOf(type))) continue;
        watched.set(pathOf(type), type);
        stops.push(
          informer(type).onChange(({ object }) => {
            const application = managerOf(object);
            if (application !== undefined) onChange(application);
          }),
        );
      }
      await Promise.all([...watched.values()].map((type) => informer(type).synced));
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}
