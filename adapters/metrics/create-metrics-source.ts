import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { MetricsSource } from './metrics-source.ts';
import { createPrometheusSource } from './prometheus-source.ts';
import { createWebSource } from './web-source.ts';

/** The source that a service's `objectives.source` names. */
export function createMetricsSource({
  objectives: { source },
}: Pick<ServiceConfiguration, 'objectives'>): MetricsSource {
  switch (source.kind) {
    case 'istio':
    case 'prometheus':
      return createPrometheusSource({ url: source.url });
    case 'web':
      return createWebSource({ url: source.url });
  }
}
