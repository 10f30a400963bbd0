import type jsonata from 'jsonata';

/** What an expression reads that it may not be able to read. */
export interface References {
  /** Names, `$` and `$$` that refer to a context at the top level; Step Functions has none there. */
  topLevel: string[];
  /** Fields of `$states` that it reads, such as `errorOutput`. */
  states: string[];
}

type Node = Record<string, unknown>;

/** Looks through a compiled expression, once it has parsed. */
export function referencesOf(expression: jsonata.Expression): References {
  const found = { topLevel: new Set<string>(), states: new Set<string>() };

  /** `isTop`: the context here is that of the whole expression, not a value that a path has arrived at. */
  const walk = (node: unknown, isTop: boolean): void => {
    if (Array.isArray(node)) for (const element of node) walk(element, isTop);
    if (!isNode(node)) return;
    if (node.type === 'name' && isTop) found.topLevel.add(String(node.value));
    if (node.type === 'variable') {
      if (node.value === '' && isTop) found.topLevel.add('$');
      if (node.value === '$') found.topLevel.add('$$');
    }
    if (node.type === 'path' && Array.isArray(node.steps)) {
      const [first, second] = node.steps;
      if (isNode(first) && first.value === 'states' && isNode(second)) found.states.add(String(second.value));
      for (const [index, step] of node.steps.entries()) walk(step, isTop && index === 0);
    } else {
      for (const child of sameContext) walk(node[child], isTop && node.type !== 'transform');
    }
    for (const child of otherContext) walk(node[child], false);
  };

  walk(expression.ast(), true);
  return { topLevel: [...found.topLevel], states: [...found.states] };
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where jsonata keeps a node's parts that see the same context… */
const sameContext = [
  'expression', 'expressions', 'lhs', 'rhs', 'condition', 'then', 'else', 'body', 'procedure', 'arguments', 'pattern',
  'update', 'delete',
]; // biome-ignore format: a list
/** … and those that see a value that was selected. */
const otherContext = ['predicate', 'stages', 'expr', 'group', 'terms'];
