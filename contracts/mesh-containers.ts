/** Containers that a service mesh adds to pods by itself, unless a service names others (`injectedContainers`). */
export const meshContainers: readonly string[] = [
  'istio-proxy',
  'istio-init',
  'istio-validation',
  'linkerd-proxy',
  'linkerd-init',
  'linkerd-network-validator',
];
