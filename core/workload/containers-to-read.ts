interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean | undefined;
}

/** What is read of a Pod (v1) to choose whose log explains it. */
export interface ReadPod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> | undefined } | undefined;
  readonly spec?: { readonly containers?: readonly { readonly name: string }[] | undefined } | undefined;
  readonly status?:
    | {
        readonly initContainerStatuses?: readonly ContainerStatus[] | undefined;
        readonly containerStatuses?: readonly ContainerStatus[] | undefined;
      }
    | undefined;
}

/** kubectl's own annotation, which Istio sets on pods that it gives a sidecar. */
const defaultContainer = 'kubectl.kubernetes.io/default-container';

/**
 * The containers whose logs say what is wrong with a pod. A pod with a sidecar has no log of its own: the API server wants a name (400).
 * While an init container has not ended well, or a native sidecar is not ready, nothing after it has started; then those that are not
 * ready; of a pod without trouble the one that it calls its own.
 */
export function containersToRead({ metadata, spec, status }: ReadPod): string[] {
  const blocking = status?.initContainerStatuses?.find(({ ready }) => ready !== true);
  if (blocking) return [blocking.name];
  const notReady = (status?.containerStatuses ?? []).filter(({ ready }) => ready !== true).map(({ name }) => name);
  if (notReady.length > 0) return notReady;
  const names = (spec?.containers ?? []).map(({ name }) => name);
  const own = metadata?.annotations?.[defaultContainer];
  const chosen = own !== undefined && names.includes(own) ? own : names[0];
  return chosen === undefined ? [] : [chosen];
}
