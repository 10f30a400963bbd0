import { ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import * as grafana from '@grafana/grafana-foundation-sdk/dashboard';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** One line of a panel, or several that a label tells apart. */
export interface Query {
  readonly expr: string;
  /** With `{{label}}` where the label's value is to stand. */
  readonly legend: string;
}

export interface PanelWords {
  readonly title: string;
  /** What it means and what to do about it, for whoever looks at three in the morning. */
  readonly description: string;
  /** Grafana's name of a unit: `reqps`, `percentunit`, `s`, `bytes`, `short`. */
  readonly unit: string;
  readonly queries: readonly [Query, ...Query[]];
  /** From this value on it is red; nothing is, unless written. */
  readonly limit?: number;
}

/** Chosen at the top of the dashboard, so that it is of no installation in particular. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
const datasource = { type: 'prometheus', uid: '${datasource}' };
const width = 12;
const height = 8;

const queryOf = ({ expr, legend }: Query, index: number): DataqueryBuilder =>
  new DataqueryBuilder().refId('ABCDEF'.charAt(index)).expr(expr).legendFormat(legend).datasource(datasource);

const colours = (limit: number | undefined) =>
  new grafana.ThresholdsConfigBuilder()
    .mode(grafana.ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'green' }, ...(limit === undefined ? [] : [{ value: limit, color: 'red' }])]);

/** Values over time. */
export const graph = ({ title, description, unit, queries, limit }: PanelWords): timeseries.PanelBuilder =>
  new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .min(0)
    .thresholds(colours(limit))
    .span(width)
    .height(height)
    .targets(queries.map(queryOf));

/** Values of now. */
export const number = ({ title, description, unit, queries, limit }: PanelWords): stat.PanelBuilder =>
  new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .thresholds(colours(limit))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .span(width / 2)
    .height(height / 2)
    .targets(queries.map((query, index) => queryOf(query, index).instant()));

export interface DashboardWords {
  readonly title: string;
  /** Its address below `/d/`. */
  readonly uid: string;
  readonly description: string;
}

/** A dashboard of one service, which is chosen at its top. */
export const dashboardOf = ({ title, uid, description }: DashboardWords): DashboardBuilder =>
  new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['sluice'])
    .timezone('browser')
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('service')
        .label('Service')
        .datasource(datasource)
        .query('label_values(sluice:requests:rate, service)')
        .refresh(grafana.VariableRefresh.OnDashboardLoad),
    );

/** The namespaces of the service's environments, for metrics that know no service. */
export const namespaceVariable = (): QueryVariableBuilder =>
  new QueryVariableBuilder('namespace')
    .label('Namespace')
    .datasource(datasource)
    .query('label_values(istio_requests_total{destination_service_name="$service"}, destination_service_namespace)')
    .refresh(grafana.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true);

/** A series that the recording rules make, of the chosen service. */
export const ofService = (series: string): string => `${series}{service="$service"}`;
