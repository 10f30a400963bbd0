import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { AwsOptions } from '../shared/aws.ts';
import type { CloudWatchSources } from './cloudwatch-source.ts';
import type { MetricsSource } from './metrics-source.ts';
import { createPrometheusSource } from './prometheus-source.ts';
import { createSourceAccess, type SourceAccessOptions } from './source-access.ts';
import { createWebSource } from './web-source.ts';

export interface MetricsSourcesOptions extends SourceAccessOptions {
  /** Where CloudWatch is, and by which keys it is asked; the region is each source's own. */
  readonly cloudWatch: Omit<AwsOptions, 'region'>;
}

/** Opens the source that a service's `objectives.source` names. */
export function createMetricsSources(options: MetricsSourcesOptions) {
  const accessTo = createSourceAccess(options);
  // Loaded for those that want it only: the client of an AWS service is large.
  let cloudWatch: Promise<CloudWatchSources> | null = null;
  const openCloudWatch = () => {
    cloudWatch ??= import('./cloudwatch-source.ts').then(({ createCloudWatchSources }) =>
      createCloudWatchSources({ ...options.cloudWatch, now: options.now }),
    );
    return cloudWatch;
  };
  return ({ objectives: { source } }: Pick<ServiceConfiguration, 'objectives'>): MetricsSource => {
    if (source.kind === 'cloudwatch') {
      return { query: async (...asked) => (await openCloudWatch())(source).query(...asked) };
    }
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
