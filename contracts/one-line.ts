const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
/** Control characters, format characters (direction marks, invisible ones) and halves of pairs; joiners stay, which some scripts need. */
const invisible = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu;

/**
 * A text of others as people are shown it: on one line, in the order in which it was written. Line breaks become a space, and what changes the
 * direction, moves the cursor or cannot be seen becomes �. It could forge lines of a mail or of a terminal otherwise.
 *
 * @example oneLine('a\nApprovals: all \u202egnihton') // 'a Approvals: all �gnihton'
 */
export const oneLine = (text: string): string => text.replace(lineBreaks, ' ').replace(invisible, '�');

/** As `oneLine`, for a text of several lines of ours: its own line breaks stay. */
export const printableLines = (text: string): string => text.split('\n').map(oneLine).join('\n');

/** JSON that means the same and can be printed: what a terminal would obey, or nobody would see, is written as `\\uXXXX`. */
export const printableJson = (value: unknown, indent: 2 | null = 2): string =>
  JSON.stringify(value, null, indent ?? undefined).replace(unprintable, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
const unprintable = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** As `oneLine`, and no longer than this, in UTF-16 code units, with … for what was cut. */
export function shortLine(text: string, longest: number): string {
  // Far more than is kept is not looked at: texts of any length come here.
  const line = oneLine(text.length > longest * 4 ? text.slice(0, longest * 4) : text);
  return line.length <= longest && text.length <= longest * 4
    ? line
    : `${line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
