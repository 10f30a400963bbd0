import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';

type Key = string | number;

/**
 * The line (from 1) on which the field at `path` begins: its key's line in a map, its own in a list. For a field that is
 * missing, the line of the nearest thing around it that is there; null for an empty document.
 */
export function lineOf(document: Document, lines: LineCounter, path: readonly Key[]): number | null {
  let node = resolve(document.contents as Node | null, document);
  let offset = node?.range?.[0] ?? null;
  for (const key of path) {
    const found = child(node, key);
    if (found === null) break;
    offset = found.offset ?? offset;
    node = resolve(found.value, document);
  }
  return offset === null ? null : lines.linePos(offset).line;
}

function child(node: Node | null, key: Key): { value: Node | null; offset: number | undefined } | null {
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find(
      (item: Pair<Node, Node | null>) => isScalar(item.key) && String(item.key.value) === String(key),
    );
    return pair ? { value: pair.value, offset: pair.key.range?.[0] } : null;
  }
  if (isSeq<Node>(node) && typeof key === 'number') {
    const item = node.items[key];
    return item ? { value: item, offset: item.range?.[0] } : null;
  }
  return null;
}

const resolve = (node: Node | null, document: Document): Node | null =>
  isAlias(node) ? (node.resolve(document) ?? null) : node;
