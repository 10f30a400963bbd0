import * as z from 'zod';

/** How the versions of a service are written: `versions` of sluice.yaml. Which of two is newer is never read from them, but from Git. */
export const versionSchemes = ['semver', 'calendar', 'any'] as const;

export type VersionScheme = (typeof versionSchemes)[number];

const modifier = '(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?';
const semantic = new RegExp(`^v?(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)${modifier}$`);
/** A year and a month, then a day or a counter, or both. */
const calendar = new RegExp(`^v?[12]\\d{3}\\.(0?[1-9]|1[0-2])(\\.\\d{1,9}){0,2}${modifier}$`);
/** A commit of Git, whole or its beginning. */
const commitId = /^[0-9a-f]{7,40}$/;

/**
 * A version of any scheme. It is a tag of Git, part of file names, and the value of a Kubernetes label: at most 63 characters, and no `+build`. It
 * has a digit or is a commit, so that a label like `latest` or `main` is never taken for one.
 */
export const versionSchema = z
  .string()
  .max(63)
  .regex(
    /^[0-9A-Za-z]([0-9A-Za-z._-]*[0-9A-Za-z])?$/,
    'must be a version like v2.1.0, 2026.11.29 or a commit: letters, digits, dots, dashes',
  )
  .refine((version) => /\d/.test(version) || isCommitId(version), 'must be a version: it has no digit')
  .refine(
    (version) => !version.includes('..') && !version.endsWith('.lock'),
    'must be a version that Git accepts as a tag',
  );

/** Whether a version is a commit, as `versions: any` allows, and needs no tag. */
export const isCommitId = (version: string): boolean => commitId.test(version);

const schemes: Readonly<Record<VersionScheme, { readonly words: string; holds(version: string): boolean }>> = {
  semver: { words: 'a semantic version like v2.1.0', holds: (version) => semantic.test(version) },
  calendar: { words: 'a calendar version like 2026.11.29 or 2026.11.29.1', holds: (version) => calendar.test(version) },
  any: { words: 'a version', holds: () => true },
};

/** Why a version is none of a service's, as a sentence part: `must be a calendar version like …`. Null when it is one. */
export function versionProblem(scheme: VersionScheme, version: string): string | null {
  if (versionSchema.safeParse(version).success && schemes[scheme].holds(version)) return null;
  return `must be ${schemes[scheme].words}`;
}

/** Tags have a `v` that files may lack. */
export const bare = (version: string): string => version.replace(/^v(?=\d)/, '');
