/** An image repository in Amazon ECR, by the parts of its name. */
export interface EcrRepository {
  /** `123456789012.dkr.ecr.us-east-1.amazonaws.com` */
  readonly host: string;
  /** The account. */
  readonly registryId: string;
  readonly region: string;
  /** `team/app` */
  readonly repositoryName: string;
}

const ecrHost = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/;
const pathPart = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;

/** An image's repository, without the tag that some write behind it: what is deployed is named by its digest. */
export const imageRepository = (image: string): string => image.replace(/:[^:/]+$/, '');

/** The parts of an image's name in ECR; null when it is in another registry, or no name that ECR gives. */
export function ecrRepositoryOf(image: string): EcrRepository | null {
  const [host = '', ...path] = imageRepository(image).split('/');
  const [, registryId, region] = ecrHost.exec(host) ?? [];
  if (registryId === undefined || region === undefined) return null;
  if (path.length === 0 || !path.every((part) => pathPart.test(part))) return null;
  return { host, registryId, region, repositoryName: path.join('/') };
}

/**
 * Whether an image lies in one of these repositories. Each is a repository of ECR, or `…/*` for every repository below that registry or path.
 * A name that ECR does not give (`team/../other`) is in none.
 */
export function isInRepositories(image: string, repositories: readonly string[]): boolean {
  if (ecrRepositoryOf(image) === null) return false;
  const name = imageRepository(image);
  return repositories.some((allowed) =>
    allowed.endsWith('/*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed,
  );
}
