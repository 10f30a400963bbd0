import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { renderLink } from '../../contracts/configuration/template.ts';
import { reasonCodeOf } from '../../contracts/reason.ts';
import { reasonCodes } from '../../contracts/reason-codes.ts';
import type { Fact } from '../approval/deployment-summary.ts';
import type { Occasion } from './occasion-of.ts';

const bare = (url: string): string => url.replace(/\/+$/, '');

/** The console's page about an operation (console/places.ts). */
export const consoleOperationUrl = ({ urls }: Pick<Configuration, 'urls'>, operation: string): string =>
  `${bare(urls.console)}/#operation=${encodeURIComponent(operation)}`;

const consoleServiceUrl = ({ urls }: Pick<Configuration, 'urls'>, service: string): string =>
  `${bare(urls.console)}/#service=${encodeURIComponent(service)}`;

/**
 * The console at the operation, or at the service where the occasion has none, and the links of the installation and of `notify.links`, filled in. One
 * that names what is not known of the occasion is left out. The console is named once, also where a service links to it itself.
 */
export function linksOf(
  configuration: Pick<Configuration, 'urls' | 'links'>,
  service: ServiceConfiguration,
  occasion: Occasion = {},
): Fact[] {
  const { operation = null, environment = null, version = null, reason = null } = occasion;
  const { urls, links } = configuration;
  const values = {
    service: service.name,
    environment,
    namespace: environment === null ? null : service.environments[environment].namespace,
    version,
    reasonCode: reasonCodeOf(reason),
  };
  const own = Object.entries({ ...links, ...service.notify.links }).flatMap(([name, template]) => {
    const url = renderLink(template, values);
    // As the console beside it and every other fact of a mail is written; `Argo CD` is as it was written.
    return url === null ? [] : [{ name: `${name.charAt(0).toUpperCase()}${name.slice(1)}`, value: url, url }];
  });
  const others = own.filter(({ url }) => bare(url) !== bare(urls.console));
  const isTaken = others.some(({ name }) => name.toLowerCase() === 'console');
  const name = isTaken ? 'Console of Sluice' : 'Console';
  const url =
    operation === null ? consoleServiceUrl(configuration, service.name) : consoleOperationUrl(configuration, operation);
  return [{ name, value: url, url }, ...others];
}

/** Where a reason leads on: the page about its code. Nothing where it names none, as one of an older version. */
export function runbookFacts(reason: string | null): Fact[] {
  const code = reasonCodeOf(reason);
  if (code === null || code === 'Unclassified') return [];
  return [{ name: 'Runbook', value: `docs/runbooks/${reasonCodes[code].runbook}.md; \`sluice explain ${code}\`` }];
}
