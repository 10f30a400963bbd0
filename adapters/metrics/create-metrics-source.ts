import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { MetricsSource } from './metrics-source.ts';
import { createPrometheusSource } from './prometheus-source.ts';
import { createSourceAccess, type SourceAccessOptions } from './source-access.ts';
import { createWebSource } from './web-source.ts';

/** Opens the source that a service's `objectives.source` names. */
export function createMetricsSources(options: SourceAccessOptions) {
  const accessTo = createSourceAccess(options);
  return ({ objectives: { source } }: Pick<ServiceConfiguration, 'objectives'>): MetricsSource => {
    const access = accessTo(source);
    switch (source.kind) {
      case 'istio':
      case 'prometheus':
        return createPrometheusSource({ url: source.url, access });
      case 'web':
        return createWebSource({ url: source.url, access });
    }
  };
}
