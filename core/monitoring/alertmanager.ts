import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { formatDuration } from '../../contracts/duration.ts';
import { ownAlertPrefix } from './service-rules.ts';

/** Alertmanager's configuration, as far as Sluice writes one. */
export interface AlertmanagerConfiguration {
  readonly route: {
    readonly receiver: string;
    readonly routes: readonly (AlertRoute | { readonly receiver: string })[];
  };
  readonly receivers: readonly {
    readonly name: string;
    readonly webhook_configs?: readonly {
      readonly url: string;
      readonly send_resolved: boolean;
      readonly http_config: {
        readonly authorization: { readonly type: 'Bearer'; readonly credentials_file: string };
        readonly follow_redirects: boolean;
      };
    }[];
  }[];
}

interface AlertRoute {
  readonly receiver: string;
  readonly matchers: readonly string[];
  readonly group_by: readonly string[];
  readonly group_wait: string;
  readonly group_interval: string;
  readonly repeat_interval: string;
  readonly continue: boolean;
}

export interface ReceiverOptions {
  /** Path on Alertmanager's machine of the file with the token. */
  readonly credentialsFile: string;
  /** Who gets everything, as before Sluice. */
  readonly everybody: string;
}

/**
 * Sends what is said about the configured services to Sluice's webhook, and everything to whoever got it before.
 *
 * Each alert of a side is a group of its own and is sent at once (`group_wait: 0s`). `group_interval` is also the time that Alertmanager
 * gives the webhook to answer, and after which it asks again where it was refused.
 */
export function alertmanagerOf(
  { services, urls }: Pick<Configuration, 'services' | 'urls'>,
  { credentialsFile, everybody }: ReceiverOptions,
): AlertmanagerConfiguration {
  return {
    route: {
      receiver: everybody,
      routes: [
        ...services.map(({ name, alerts }) => ({
          receiver: 'sluice',
          matchers: [`service="${name}"`, `severity=~${oneOf(alerts.severities)}`, `alertname!~"${ownAlertPrefix}.+"`],
          group_by: ['alertname', 'service', 'environment'],
          group_wait: '0s',
          group_interval: '10s',
          repeat_interval: formatDuration(alerts.repeatInterval),
          continue: true,
        })),
        // What one of the routes above has matched does not come back to the receiver at the top.
        { receiver: everybody },
      ],
    },
    receivers: [
      { name: everybody },
      {
        name: 'sluice',
        webhook_configs: [
          {
            url: new URL('/webhooks/alertmanager', urls.approvals).href,
            send_resolved: true,
            http_config: {
              authorization: { type: 'Bearer', credentials_file: credentialsFile },
              // The token is for this address only.
              follow_redirects: false,
            },
          },
        ],
      },
    ],
  };
}

/** One of these values and nothing else, as a matcher's regular expression (RE2) in quotes. */
const oneOf = (values: readonly string[]): string =>
  JSON.stringify(values.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'));
