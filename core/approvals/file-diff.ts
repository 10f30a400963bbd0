import { createHash } from 'node:crypto';
import { createTwoFilesPatch } from 'diff';
import { oneLine } from '../../contracts/one-line.ts';
import type { SubjectDiff } from '../../contracts/records/subject.ts';
import { isSecretName } from './secret-names.ts';

/** Text files by their path below one folder. */
export type Files = ReadonlyMap<string, string>;

/** Longest text of a diff that travels and is stored, in bytes: a subject is one item of the database, with two of them. */
const longest = 60_000;

/**
 * What changes from `before` to `after` as one unified diff, file by file in the order of their names. Values that look like secrets are hidden,
 * and a long diff is cut at the end of a line; the hash is of all of it, so that what is not shown cannot change unseen either.
 *
 * @param shown both sides as people may see them, where more is hidden than what a line tells.
 */
export function diffFiles(before: Files, after: Files, shown = { before, after }): SubjectDiff {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const files = paths.filter((path) => before.get(path) !== after.get(path));
  const whole = patchOf(files, before, after);
  const text = Buffer.from(forPeople(patchOf(files, shown.before, shown.after)));
  const cut = text.length > longest;
  return {
    text: (cut ? text.subarray(0, text.lastIndexOf('\n', longest) + 1) : text).toString('utf8'),
    cut,
    sha256: createHash('sha256').update(whole).digest('hex'),
    files,
  };
}

const patchOf = (files: readonly string[], before: Files, after: Files): string =>
  files
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

const keyLine = /^([ +-](\s*)(?:- )?["']?([\w.-]+)["']?\s*:\s*)(\S.*)$/;
/** A variable of a container has its name a line before its value. */
const nameLine = /^[ +-]\s*(?:- )?name\s*:\s*["']?([\w.-]+)["']?\s*$/;
/** A line of a key or a certificate, of which only a part may stand in the diff. */
const encodedLine = /^([ +-]\s*)[A-Za-z0-9+/=]{40,}\s*$/;

/** What people may see: no characters that make a line look like another one, and no secrets. Hides values, not keys: that one of them changes is still seen. */
function forPeople(diff: string): string {
  let isSecretVariable = false;
  /** Indent of the key whose value is on the lines below it; null outside of one. */
  let secretBlock: number | null = null;
  return diff
    .split('\n')
    .map((line) => {
      const [, start = '', indent = '', key = '', value = ''] = keyLine.exec(line) ?? [];
      const own = line.slice(1).search(/\S/);
      if (secretBlock !== null && !line.startsWith('@@') && (own > secretBlock || own === -1))
        return own === -1 ? line : `${line.slice(0, 1 + own)}(hidden)`;
      secretBlock = null;
      const hides = key !== '' && (isSecretName(key) || (isSecretVariable && key === 'value'));
      if (hides && /^[|>]/.test(value)) secretBlock = indent.length;
      const variable = nameLine.exec(line)?.[1];
      // Of a variable that changes, both values follow its name.
      if (variable !== undefined) isSecretVariable = isSecretName(variable);
      else if (key !== 'value') isSecretVariable = false;
      if (hides && !hidden.has(value)) return oneLine(`${start}(hidden)`);
      return oneLine(line.replace(encodedLine, '$1(hidden)'));
    })
    .join('\n');
}

/** What stands for a value that was hidden before its text was compared. */
const hidden: ReadonlySet<string> = new Set(['(hidden)', '(hidden, another value)']);
