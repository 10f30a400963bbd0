/** What is read of a dashboard of Grafana. */
export interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly panels: readonly {
    readonly title: string;
    readonly description?: string;
    readonly datasource?: { readonly uid: string };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly type: string; readonly query?: unknown }[] };
}

/** A query of a panel, or the selector of a variable. */
export interface DashboardQuery {
  readonly title: string;
  readonly query: string;
}

/** Every query of a dashboard, with Grafana's variables in it. */
export function queriesOf({ panels, templating }: Dashboard): DashboardQuery[] {
  return [
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, query: expr }))),
    ...templating.list.flatMap(({ type, query }) => {
      const [, selector] = /^label_values\((.*), \w+\)$/.exec(String(query)) ?? [];
      // A bare name is a selector without labels.
      return type === 'query' && selector !== undefined
        ? [{ title: 'variable', query: selector.includes('{') ? selector : `${selector}{}` }]
        : [];
    }),
  ];
}

/** The query as Grafana sends it, once somebody has chosen this service and all of these namespaces. */
export const asGrafanaAsks = (query: string, service: string, namespaces: readonly string[]): string =>
  query
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '1h')
    .replaceAll('$namespace', `(${namespaces.join('|')})`)
    .replaceAll('$service', service);
