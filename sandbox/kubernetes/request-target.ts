/** The parts of an API path below its group version: `…/namespaces/NAMESPACE/PLURAL/NAME/SUBRESOURCE`. */
export interface RequestTarget {
  group: string;
  version: string;
  /** '' outside any namespace: a cluster-wide kind, or all namespaces. */
  namespace: string;
  plural: string;
  name: string | undefined;
  subresource: string | undefined;
}

/** Takes the segments of a path apart; undefined when they name no kind. */
export function parseTarget(segments: readonly string[]): RequestTarget | undefined {
  const [root, ...below] = segments;
  const core = root === 'api';
  if (!core && root !== 'apis') return undefined;
  const group = core ? '' : (below.shift() ?? '');
  const version = below.shift() ?? '';
  const [first, second, third, ...rest] = below;
  const ofNamespace = core && (third === 'status' || third === 'finalize');
  if (first === 'namespaces' && second !== undefined && third !== undefined && !ofNamespace) {
    const [name, subresource, ...more] = rest;
    if (more.length > 0) return undefined;
    return { group, version, namespace: second, plural: third, name, subresource };
  }
  if (first === undefined || rest.length > 0) return undefined;
  return { group, version, namespace: '', plural: first, name: second, subresource: third };
}
