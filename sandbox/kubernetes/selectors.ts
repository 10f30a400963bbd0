import { type KubeObject, textAt } from './kube-object.ts';
import { badRequest } from './status-error.ts';

export type ObjectFilter = (object: KubeObject) => boolean;

const everything: ObjectFilter = () => true;

/** Parses a `labelSelector`: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas. */
export function labelFilter(selector: string | null): ObjectFilter {
  if (!selector?.trim()) return everything;
  const terms = selector.split(/,(?![^(]*\))/).map((term) => labelTerm(term.trim()));
  return (object) => terms.every((term) => term(object.metadata.labels ?? {}));
}

function labelTerm(term: string): (labels: Record<string, string>) => boolean {
  const set = /^([^\s!=(),]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(term);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const within = (labels: Record<string, string>) => key in labels && values.includes(labels[key] ?? '');
    return operator === 'in' ? within : (labels) => !within(labels);
  }
  const comparison = /^([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)$/.exec(term);
  if (comparison) {
    const [, key = '', operator, value] = comparison;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const presence = /^(!?)\s*([^\s!=(),]+)$/.exec(term);
  if (!presence) throw badRequest(`unable to parse requirement: found '${term}', expected a label requirement`);
  const [, not, key = ''] = presence;
  return not ? (labels) => !(key in labels) : (labels) => key in labels;
}

/** Parses a `fieldSelector` (`a=b,c!=d`). Any scalar field can be asked for; a real server knows only a few. */
export function fieldFilter(selector: string | null): ObjectFilter {
  if (!selector?.trim()) return everything;
  const terms = selector.split(/(?<!\\),/).map((term) => {
    const match = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(term.trim());
    if (!match) throw badRequest(`invalid field selector: '${term}'; expected a field, an operator and a value`);
    const [, field = '', operator, value = ''] = match;
    const path = fieldPath(field);
    const wanted = value.replace(/\\(.)/g, '$1');
    return (object: KubeObject) => (textAt(object, ...path) === wanted) === (operator !== '!=');
  });
  return (object) => terms.every((term) => term(object));
}

/** core/v1 Events name their object's fields in two ways. */
function fieldPath(field: string): string[] {
  return field === 'source' ? ['source', 'component'] : field.split('.');
}

export const both =
  (first: ObjectFilter, second: ObjectFilter): ObjectFilter =>
  (object) =>
    first(object) && second(object);
