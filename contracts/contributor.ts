import * as z from 'zod';

/** How somebody took part in a release. */
export const involvements = [
  'author',
  'committer',
  'co-author',
  'pull-request',
  'merger',
  'run',
  'request',
  'proposal',
] as const;

export type Involvement = (typeof involvements)[number];

/** Somebody who took part in a release, by the names that were found: each of them may tell who it is. */
export const contributorSchema = z.object({
  as: z.enum(involvements),
  /** GitHub's own word for whose account it was. */
  login: z.string().nullable(),
  /** What a commit says of itself, which its author may have made up. */
  mail: z.string().nullable(),
  name: z.string().nullable(),
});

export type Contributor = Readonly<z.output<typeof contributorSchema>>;

/** Who took part in a release and in what came in since the live one. */
export const contributorsSchema = z.object({
  people: z.array(contributorSchema).readonly(),
  /** How many commits were read. */
  commits: z.int(),
  /** False: there are more, and whoever wrote those is not known. */
  complete: z.boolean(),
});

export type Contributors = Readonly<z.output<typeof contributorsSchema>>;

/** `wrote` in `ana@example.com wrote this release`. */
export const involvementWords: Readonly<Record<Involvement, string>> = {
  author: 'wrote',
  committer: 'committed',
  'co-author': 'co-authored',
  'pull-request': 'opened a pull request of',
  merger: 'merged a pull request of',
  run: 'started the CI run of',
  request: 'asked for',
  proposal: 'proposed the foreign commit of',
};
