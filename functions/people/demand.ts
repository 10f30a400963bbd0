import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { NotAllowed } from '../../contracts/errors.ts';
import { type Permission, roleMissing, roleMissingWords } from '../../core/approvals/permissions.ts';
import type { Caller } from './identify.ts';

/**
 * @param stranger who asks and is not among `people`, as identify.ts describes them.
 * @throws {NotAllowed} for a person who has not the role that it takes, saying who has.
 */
export function demand(
  configuration: Pick<Configuration, 'people' | 'roles' | 'services'>,
  user: string | null,
  permission: Permission,
  stranger = 'The caller is not among people of sluice.yaml.',
): void {
  const missing = roleMissing(configuration, user, permission);
  if (missing === null) return;
  const subject = user ?? `${stranger} Who is not among people`;
  throw new NotAllowed(roleMissingWords(configuration, subject, permission, missing));
}

/** The configuration as a caller sees it: a job of GitHub Actions has the services of its own repository. */
export const configurationFor = (configuration: Configuration, { services }: Caller): Configuration =>
  services === null
    ? configuration
    : { ...configuration, services: configuration.services.filter(({ name }) => services.includes(name)) };
