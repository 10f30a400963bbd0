/**
 * The ways into the API on AWS. Each has an authoriser of its own, since a route has room for one; behind the door the paths are the
 * same. Without a door (`/api/…`) comes whom the sign-in service knows.
 */
export const entryPoints = {
  /** Requests signed with AWS keys (SigV4). */
  aws: '/aws',
  /** Jobs of GitHub Actions, by the token that GitHub gives each of them. */
  githubActions: '/github',
} as const;

/** `/aws/api/services` is `/api/services`; what came through no door stays as it is. */
export function stripAuthPrefix(path: string): string {
  const entryPoint = Object.values(entryPoints).find((prefix) => path.startsWith(`${prefix}/api/`));
  return entryPoint === undefined ? path : path.slice(entryPoint.length);
}
