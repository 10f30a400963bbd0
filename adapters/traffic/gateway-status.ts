import { isObject, listOf, type RouteSpec } from './weighted-route.ts';

/** As much of an HTTPRoute as says whether its gateways follow it. */
export interface StatusOfRoute {
  readonly metadata: { readonly namespace?: string; readonly generation?: number };
  readonly spec?: RouteSpec;
  readonly status?: Readonly<Record<string, unknown>>;
}

export type GatewayState =
  | { kind: 'follows' }
  /** Nothing is refused, and not everything is answered: time may help. */
  | { kind: 'pending'; reason: string }
  | { kind: 'refused'; problem: string };

/** What a gateway says of a route that it follows. A reference to a missing Service, or one without a ReferenceGrant, is answered with 500. */
const wanted = ['Accepted', 'ResolvedRefs'] as const;

/**
 * Whether every gateway of an HTTPRoute has accepted it as it stands now, with all of its backends. A condition of an older generation
 * says nothing of the weights that were written since.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#routeparentstatus
 */
export function gatewayState({ metadata, spec = {}, status = {} }: StatusOfRoute): GatewayState {
  const { namespace = '', generation = 0 } = metadata;
  const parents = listOf(spec, 'parentRefs').map((parent) => parentOf(parent, namespace));
  if (parents.length === 0) return { kind: 'refused', problem: 'it names no gateway in parentRefs' };
  const answers = listOf(status, 'parents').map((answer) => ({
    parent: parentOf(isObject(answer.parentRef) ? answer.parentRef : {}, namespace),
    conditions: listOf(answer, 'conditions'),
  }));
  const pending: string[] = [];
  for (const parent of parents) {
    const own = answers.filter((answer) => answer.parent === parent);
    if (own.length === 0) pending.push(`${parent} has not answered for it`);
    for (const { conditions } of own) {
      for (const type of wanted) {
        const condition = conditions.find((one) => one.type === type);
        const observed = typeof condition?.observedGeneration === 'number' ? condition.observedGeneration : generation;
        if (condition === undefined || observed < generation || condition.status === 'Unknown') {
          pending.push(`${parent} has not said ${type} of its newest version`);
        } else if (condition.status !== 'True') {
          const why = [condition.reason, condition.message].filter((one) => typeof one === 'string' && one !== '');
          return { kind: 'refused', problem: `${parent} says that it is not ${type}: ${why.join(': ')}` };
        }
      }
    }
  }
  return pending.length === 0 ? { kind: 'follows' } : { kind: 'pending', reason: pending.join('; ') };
}

/** A parent with what its reference leaves out, as text. */
function parentOf(reference: Readonly<Record<string, unknown>>, namespace: string): string {
  const { kind = 'Gateway', namespace: its = namespace, name, sectionName, port } = reference;
  const section = [sectionName, port].filter((one) => one !== undefined).map(String);
  return `${String(kind)} ${String(its)}/${String(name)}${section.length === 0 ? '' : ` (${section.join(', ')})`}`;
}
