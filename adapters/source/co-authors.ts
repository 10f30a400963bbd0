const trailer = 'co-authored-by:';

/**
 * Who a commit message names as co-authors, wherever it does: a squash leaves trailers in the middle of a text. Read without regular
 * expressions, in one pass, since anybody can push a message.
 */
export function readCoAuthors(message: string): { name: string; mail: string }[] {
  return message.split('\n').flatMap((line) => {
    const text = line.trim();
    if (text.slice(0, trailer.length).toLowerCase() !== trailer) return [];
    const [open, close] = [text.lastIndexOf('<'), text.lastIndexOf('>')];
    if (open === -1 || close < open) return [];
    return [{ name: text.slice(trailer.length, open).trim(), mail: text.slice(open + 1, close).trim() }];
  });
}
