import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { renderUrlTemplate } from '../../contracts/configuration/template.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { Fact } from '../approval/deployment-summary.ts';

/** The links of `notify.links`, filled in. What is not known of the occasion stays empty in them. */
export function linksOf(
  service: ServiceConfiguration,
  occasion: { environment?: EnvironmentName | null; version?: string | null } = {},
): Fact[] {
  const { environment = null, version = null } = occasion;
  const values = {
    service: service.name,
    environment: environment ?? '',
    namespace: environment === null ? '' : service.environments[environment].namespace,
    version: version ?? '',
  };
  return Object.entries(service.notify.links).map(([name, template]) => {
    const url = renderUrlTemplate(template, values);
    return { name, value: url, url };
  });
}
