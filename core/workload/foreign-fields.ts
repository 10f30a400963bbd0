import { oneLine } from '../../contracts/one-line.ts';
import type { AppliedBy } from './synced-containers.ts';

/** Argo CD's own field managers: `argocd-controller`, and before it created by its patches what it is called itself. */
const ofArgo = (manager: string): boolean => manager.startsWith('argocd-');

/**
 * The first field of a Deployment's pod template that somebody has set and Argo CD has not, with who did, as the API server keeps it
 * (`metadata.managedFields`); null when there is none, or nobody can tell. Argo CD compares what it has applied, so that it sees no difference in
 * a field that stands in no manifest, heals nothing, and the next release runs with it. Annotations are not looked at: `kubectl rollout restart` sets one.
 *
 * @param managers who may: operators that change pod templates, as a service names them (`templateManagers`).
 */
export function foreignField({ managedFields = [] }: AppliedBy, managers: readonly string[]): string | null {
  const entries = managedFields.map(({ manager = '', fieldsV1 }) => ({ manager, fields: leavesOf(fieldsV1) }));
  const own = new Set(entries.filter(({ manager }) => ofArgo(manager)).flatMap(({ fields }) => fields));
  if (own.size === 0) return null;
  for (const { manager, fields } of entries) {
    if (ofArgo(manager) || managers.includes(manager)) continue;
    const foreign = fields.find((field) => !own.has(field));
    if (foreign !== undefined) return oneLine(`${told(foreign)} by ${manager || 'somebody'}`);
  }
  return null;
}

/** The leaves below `spec.template`, each as the JSON of its steps. */
function leavesOf(fieldsV1: unknown): string[] {
  const walk = (fields: unknown, steps: readonly string[]): string[] => {
    if (steps[0] === 'f:metadata' && steps[1] === 'f:annotations') return [];
    const entries = isFields(fields) ? Object.entries(fields) : [];
    return entries.length === 0
      ? [JSON.stringify(steps)]
      : entries.flatMap(([step, below]) => walk(below, [...steps, step]));
  };
  const template = ['f:spec', 'f:template'].reduce<unknown>(
    (found, step) => (isFields(found) ? found[step] : undefined),
    fieldsV1,
  );
  return template === undefined ? [] : walk(template, []);
}

/** `spec.containers[app].command`: steps are `f:field`, `k:{"name":"app"}`, `v:"value"` and `.`. */
function told(path: string): string {
  const steps: string[] = JSON.parse(path);
  return steps
    .filter((step) => step !== '.')
    .map((step) => (step.startsWith('f:') ? `.${step.slice(2)}` : `[${step.slice(2).replace(/[{}"]/g, '')}]`))
    .join('')
    .slice(1);
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
