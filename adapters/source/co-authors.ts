const trailer = 'co-authored-by';

/**
 * Who a commit message names as co-authors, wherever it does: a squash leaves trailers in the middle of a text. Read in one pass, without
 * backtracking, since anybody can push a message. More is taken for a trailer than GitHub takes: whoever is named in an odd form has taken
 * part all the same.
 */
export function readCoAuthors(message: string): { name: string; mail: string }[] {
  const lines = message.split('\n');
  return lines.flatMap((line, at) => {
    const text = line.trim();
    if (text.slice(0, trailer.length).toLowerCase() !== trailer) return [];
    // Git takes spaces before the colon, too.
    const rest = text.slice(trailer.length).trimStart();
    if (!rest.startsWith(':')) return [];
    // And a value that is folded into the next line, which is indented then.
    const next = lines[at + 1] ?? '';
    const value = rest.slice(1).trim() || (next.startsWith(' ') || next.startsWith('\t') ? next.trim() : '');
    return addressesIn(value);
  });
}

/** `Ana <ana@example.com>`, several of them, or a bare address, which is no account to GitHub. */
function addressesIn(value: string): { name: string; mail: string }[] {
  const found: { name: string; mail: string }[] = [];
  let from = 0;
  for (;;) {
    const open = value.indexOf('<', from);
    const close = open === -1 ? -1 : value.indexOf('>', open);
    if (close === -1) break;
    const name = value.slice(from, open).trim();
    found.push({ name: name.startsWith(',') ? name.slice(1).trim() : name, mail: value.slice(open + 1, close).trim() });
    from = close + 1;
  }
  if (found.length === 0 && value.includes('@') && !/[\s<>]/.test(value)) return [{ name: value, mail: value }];
  return found;
}
