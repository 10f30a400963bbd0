import type { Containers } from './approved-containers.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** As which Argo CD applies on the server's side (`ServerSideApply=true`). */
const argoManager = 'argocd-controller';

/** What says of an object who applied what (metav1.ObjectMeta). */
export interface AppliedBy {
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly managedFields?:
    | readonly {
        readonly manager?: string | undefined;
        readonly operation?: string | undefined;
        readonly fieldsV1?: unknown;
      }[]
    | undefined;
}

/** What is read of a Deployment to know what was synced. */
interface Synced {
  readonly metadata?: AppliedBy | undefined;
  readonly spec?: { readonly template?: { readonly spec?: Containers | undefined } | undefined } | undefined;
}

/**
 * The containers of a Deployment that Argo CD has put there, of the sync that named this image; null when the object does not tell. A sync
 * leaves a container that somebody else has added to the list, and Argo CD sees no difference (argo-cd #12983, #16771): merged by name, it
 * is nobody's. What was applied is known from kubectl's annotation, which every sync writes anew, or, on the server's side, from the
 * fields that are Argo CD's. Where both are there, only what both say counts, since whoever edits the object could write either.
 */
export function syncedContainers({ metadata, spec }: Synced, digest: string): Containers | null {
  const template = spec?.template?.spec;
  const annotated = podSpecIn(parsed(metadata?.annotations?.[lastApplied]));
  const applied = names(annotated, digest) ? annotated : undefined;
  const entry = metadata?.managedFields?.find((one) => one.manager === argoManager && one.operation === 'Apply');
  const base = applied ?? (entry === undefined || !names(template, digest) ? undefined : template);
  if (base === undefined) return null;
  if (entry === undefined) return base;
  const owned = (list: 'containers' | 'initContainers') => {
    const fields = at(entry.fieldsV1, ['f:spec', 'f:template', 'f:spec', `f:${list}`]);
    return (base[list] ?? []).filter(({ name }) => isFields(fields) && `k:${JSON.stringify({ name })}` in fields);
  };
  return { containers: owned('containers'), initContainers: owned('initContainers') };
}

const names = (template: Containers | undefined, digest: string): boolean =>
  template?.containers?.some(({ image }) => image?.endsWith(`@${digest}`)) === true;

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Not to be trusted: everybody who may edit the object may write anything there. */
function podSpecIn(object: unknown): Containers | undefined {
  const spec = at(object, ['spec', 'template', 'spec']);
  const listOf = (list: unknown) =>
    (Array.isArray(list) ? list : []).map((one: unknown) => ({
      name: textAt(one, 'name'),
      image: textAt(one, 'image'),
    }));
  return isFields(spec)
    ? { containers: listOf(spec.containers), initContainers: listOf(spec.initContainers) }
    : undefined;
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((found, key) => (isFields(found) ? found[key] : undefined), value);

const textAt = (value: unknown, key: string): string => {
  const text = at(value, [key]);
  return typeof text === 'string' ? text : '';
};
