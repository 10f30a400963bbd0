import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { renderUrlTemplate } from '../../contracts/configuration/template.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { reasonCodeOf } from '../../contracts/reason.ts';
import { reasonCodes } from '../../contracts/reason-codes.ts';
import type { Fact } from '../approval/deployment-summary.ts';

/**
 * The console, and the links of the installation and of `notify.links`, filled in. What is not known of the occasion stays empty in them. The console is named once,
 * also where a service links to it itself.
 */
export function linksOf(
  { urls, links }: Pick<Configuration, 'urls' | 'links'>,
  service: ServiceConfiguration,
  occasion: { environment?: EnvironmentName | null; version?: string | null; reason?: string | null } = {},
): Fact[] {
  const { environment = null, version = null, reason = null } = occasion;
  const values = {
    service: service.name,
    environment: environment ?? '',
    namespace: environment === null ? '' : service.environments[environment].namespace,
    version: version ?? '',
    reasonCode: reasonCodeOf(reason) ?? '',
  };
  const own = Object.entries({ ...links, ...service.notify.links }).map(([name, template]) => {
    const url = renderUrlTemplate(template, values);
    // As the console beside it and every other fact of a mail is written; `Argo CD` is as it was written.
    return { name: `${name.charAt(0).toUpperCase()}${name.slice(1)}`, value: url, url };
  });
  const bare = (url: string) => url.replace(/\/+$/, '');
  const others = own.filter(({ url }) => bare(url) !== bare(urls.console));
  const isTaken = others.some(({ name }) => name.toLowerCase() === 'console');
  const name = isTaken ? 'Console of Sluice' : 'Console';
  return [{ name, value: urls.console, url: urls.console }, ...others];
}

/** Where a reason leads on: the page about its code. Nothing where it names none, as one of an older version. */
export function runbookFacts(reason: string | null): Fact[] {
  const code = reasonCodeOf(reason);
  if (code === null || code === 'Unclassified') return [];
  return [{ name: 'Runbook', value: `docs/runbooks/${reasonCodes[code].runbook}.md; \`sluice explain ${code}\`` }];
}
