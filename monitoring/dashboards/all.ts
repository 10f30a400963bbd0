import { blueGreenEnvironmentStatus } from './environments.ts';
import { productionDeploymentOverview } from './overview.ts';
import { applicationPerformanceMetrics } from './performance.ts';
import { infrastructureResourceUsage } from './resources.ts';

/** The text of each dashboard, by the name of its file in this folder. */
export const dashboardFiles = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({
      'production-deployment-overview.json': productionDeploymentOverview(),
      'blue-green-environment-status.json': blueGreenEnvironmentStatus(),
      'application-performance-metrics.json': applicationPerformanceMetrics(),
      'infrastructure-resource-usage.json': infrastructureResourceUsage(),
    }).map(([name, dashboard]) => [name, `${JSON.stringify(dashboard.build(), null, 2)}\n`]),
  );
