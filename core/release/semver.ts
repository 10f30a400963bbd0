/** The first number of a semantic version with or without `v`; null when the text is none. */
export function majorOf(version: string): number | null {
  const major = /^v?(\d+)\.\d+\.\d+/.exec(version)?.[1];
  return major === undefined ? null : Number(major);
}
