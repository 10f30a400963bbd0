import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { whileFrozen } from '../../contracts/words.ts';
import { ownSeries, recorded } from '../../core/monitoring/series.ts';
import { dashboardOf, graph, number, ofService } from './panels.ts';

const requests = ofService(recorded.requests);

/** Whether production is well, who serves it, and what has been deployed. */
export const productionDeploymentOverview = (): DashboardBuilder =>
  dashboardOf({
    title: 'Production Deployment Overview',
    uid: 'sluice-overview',
    description: 'Whether production is well, which environment serves it, and what has been deployed.',
  })
    .withPanel(
      number({
        title: 'Traffic',
        description: 'The share of the requests that each environment gets. Between two deployments one has all of it.',
        unit: 'percentunit',
        queries: [{ expr: `${requests} / scalar(sum(${requests}) > 0)`, legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      number({
        title: 'Errors',
        description:
          'The share of the requests of each environment that fail. An alert fires after five minutes above 1 %.',
        unit: 'percentunit',
        limit: 0.01,
        queries: [{ expr: ofService(recorded.errorRatio), legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      number({
        title: 'Frozen',
        description: `1: the service is frozen. ${whileFrozen} docs/runbooks/frozen-service.md`,
        unit: 'short',
        limit: 1,
        queries: [{ expr: `max(${ofService(ownSeries.frozen)})`, legend: 'frozen' }],
      }),
    )
    .withPanel(
      number({
        title: 'Operations beyond their deadline',
        description: 'Above 0: docs/runbooks/stuck-operation.md',
        unit: 'short',
        limit: 1,
        queries: [{ expr: `max(${ofService(ownSeries.overdue)})`, legend: 'overdue' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Requests',
        description: 'By environment: a shift is seen as one line that rises in steps and one that falls.',
        unit: 'reqps',
        queries: [{ expr: requests, legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Errors by environment',
        description: 'Both lines at once are no release’s fault: look at what both depend on.',
        unit: 'percentunit',
        limit: 0.01,
        queries: [{ expr: ofService(recorded.errorRatio), legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Deployments by outcome',
        description: 'Of the last 30 days, at each time. `sluice operations` lists them.',
        unit: 'short',
        queries: [{ expr: ofService(ownSeries.deployments), legend: '{{outcome}}' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Rollbacks by cause',
        description: 'Returns that moved traffic in the last 30 days, at each time: automatic, emergency, planned.',
        unit: 'short',
        queries: [{ expr: ofService(ownSeries.rollbacks), legend: '{{cause}}' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Alerts that fire',
        description: 'Each alert has a runbook: docs/runbooks.',
        unit: 'short',
        queries: [
          {
            expr: 'sum by (alertname, environment) (ALERTS{service="$service",alertstate="firing"})',
            legend: '{{alertname}} {{environment}}',
          },
        ],
      }),
    );
