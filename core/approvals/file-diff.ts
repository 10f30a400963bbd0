import { createHash } from 'node:crypto';
import { createTwoFilesPatch } from 'diff';
import { oneLine } from '../../contracts/one-line.ts';
import type { SubjectDiff } from '../../contracts/records/subject.ts';

/** Text files by their path below one folder. */
export type Files = ReadonlyMap<string, string>;

/** Longest text of a diff that travels and is stored, in characters: a subject is one item of the database. */
const longest = 60_000;

/**
 * What changes from `before` to `after` as one unified diff, file by file in the order of their names. Values that look like secrets are hidden,
 * and a long diff is cut at the end of a line; the hash is of all of it, so that what is not shown cannot change unseen either.
 */
export function diffFiles(before: Files, after: Files): SubjectDiff {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const files = paths.filter((path) => before.get(path) !== after.get(path));
  const whole = files
    .map((path) => {
      const [from, to] = [before.get(path), after.get(path)];
      const names = [
        from === undefined ? '/dev/null' : `a/${path}`,
        to === undefined ? '/dev/null' : `b/${path}`,
      ] as const;
      return createTwoFilesPatch(...names, from ?? '', to ?? '', undefined, undefined, { context: 3 }).replace(
        /^=+\n/,
        '',
      );
    })
    .join('');
  const shown = forPeople(whole);
  const cut = shown.length > longest;
  return {
    text: cut ? shown.slice(0, shown.lastIndexOf('\n', longest) + 1) : shown,
    cut,
    sha256: createHash('sha256').update(whole).digest('hex'),
    files,
  };
}

const secretLine =
  /^([ +-]\s*(?:- )?["']?[\w.-]*(?:password|passwd|secret|token|apikey|api[-_]key|private[-_]?key|credential)[\w.-]*["']?\s*:\s*)(\S.*)$/i;

/** What people may see: no characters that make a line look like another one, and no secrets. Hides values, not keys: that one of them changes is still seen. */
const forPeople = (diff: string): string =>
  diff
    .split('\n')
    .map((line) => oneLine(line.replace(secretLine, '$1(hidden)')))
    .join('\n');
