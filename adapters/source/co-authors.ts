const trailer = 'co-authored-by';

/**
 * Who a commit message names as co-authors, wherever it does: a squash leaves trailers in the middle of a text. Read without regular
 * expressions, in one pass, since anybody can push a message.
 */
export function readCoAuthors(message: string): { name: string; mail: string }[] {
  return message.split('\n').flatMap((line) => {
    const text = line.trim();
    if (text.slice(0, trailer.length).toLowerCase() !== trailer) return [];
    // Git takes spaces before the colon, too.
    const rest = text.slice(trailer.length).trimStart();
    if (!rest.startsWith(':')) return [];
    const who = rest.slice(1).trim();
    const [open, close] = [who.lastIndexOf('<'), who.lastIndexOf('>')];
    if (open !== -1 && close > open)
      return [{ name: who.slice(0, open).trim(), mail: who.slice(open + 1, close).trim() }];
    // An address without brackets is no account to GitHub, and still says who took part.
    return who.includes('@') && !/[\s<>]/.test(who) ? [{ name: who, mail: who }] : [];
  });
}
