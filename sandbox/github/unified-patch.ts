/** Lines of context around a change, as in GitHub's patches. */
const context = 3;

/** What GitHub says of a changed text file: the lines that differ. */
export interface FilePatch {
  additions: number;
  deletions: number;
  changes: number;
  patch: string;
}

/** The difference of two texts as one hunk of a unified diff: from the first line that differs to the last. */
export function unifiedPatch(before: string, after: string): FilePatch {
  const [old, now] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const gone = old.slice(start, old.length - end);
  const come = now.slice(start, now.length - end);
  const above = old.slice(Math.max(0, start - context), start);
  const below = old.slice(old.length - end, old.length - end + context);
  const from = start - above.length + 1;
  const length = (lines: readonly string[]): number => above.length + lines.length + below.length;
  const lines = [
    `@@ -${length(gone) === 0 ? 0 : from},${length(gone)} +${length(come) === 0 ? 0 : from},${length(come)} @@`,
    ...above.map((line) => ` ${line}`),
    ...gone.map((line) => `-${line}`),
    ...come.map((line) => `+${line}`),
    ...below.map((line) => ` ${line}`),
  ];
  return {
    additions: come.length,
    deletions: gone.length,
    changes: come.length + gone.length,
    patch: lines.join('\n'),
  };
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
