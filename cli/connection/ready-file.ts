import * as z from 'zod';
import { usageError } from '../exit.ts';
import type { World } from '../world.ts';

/** What the command uses of the file that a sandbox writes once it answers (DESIGN §7). It holds secrets. */
const readySchema = z.object({
  console: z.url(),
  /** Mail address of whoever started it. */
  operator: z.string().nullable().default(null),
  githubWebhook: z.url(),
  alertmanagerWebhook: z.url(),
  github: z.url(),
  kubeconfig: z.string(),
  endpoints: z.object({ s3: z.url() }),
  secrets: z.object({
    githubWebhook: z.string(),
    alertmanagerToken: z.string(),
    apiToken: z.string(),
    githubToken: z.string(),
  }),
});

export type ReadyFile = z.output<typeof readySchema> & {
  /** Where it was read. */
  readonly path: string;
};

/** Where a sandbox writes it by itself, in the folder it is started in. */
export const usualReadyFile = '.sluice/ready.json';

/** Reads the file that was named, or the one in its usual place if there is one. @throws {CliError} usage. */
export async function readReadyFile(world: World, named: string | undefined): Promise<ReadyFile | null> {
  const path = named ?? usualReadyFile;
  let text: string;
  try {
    text = await world.readFile(path);
  } catch (error) {
    if (named === undefined) return null;
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
    throw usageError(`There is no ready file ${path} (${why}).`, 'A sandbox writes it: npm start -- --ready-file PATH');
  }
  const parsed = readySchema.safeParse(parseJson(text));
  if (parsed.success) return { ...parsed.data, path };
  // Only paths are told: the values are secrets.
  const paths = parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole file').join(', ');
  throw usageError(`${path} is not a ready file of a sandbox. Wrong or missing: ${paths}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
