import { CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  CloudWatchDimensionSource,
  ConfigurationSet,
  ConfigurationSetTlsPolicy,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
  SuppressionReasons,
} from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { domainOf, domainsAbove, identitiesOf, recipientsOf } from '../../contracts/configuration/mail-identities.ts';
import { type Use, wideResource } from '../use.ts';

/** Metrics of SES are counted by this dimension; its value is the configuration set. */
export const mailDimension = 'sluice-mail';

/**
 * The identity that Sluice sends from: `mail.identity`, which SES has already and which stays what it is, or the domain of `mail.from`, with DKIM. Opens
 * and clicks are not tracked: links of approvals hold a key and must not be rewritten.
 */
export class MailIdentity extends Construct {
  readonly configurationSetName: string;
  readonly #from: string;
  readonly #recipients: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    { name, configuration }: { readonly name: string; readonly configuration: Configuration },
  ) {
    super(scope, id);
    const { from, identity: existing } = configuration.mail;
    this.#from = from;
    this.#recipients = recipientsOf(configuration);
    this.configurationSetName = `${name}-mail`;
    const configurationSet = new ConfigurationSet(this, 'ConfigurationSet', {
      configurationSetName: this.configurationSetName,
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
      reputationMetrics: true,
      vdmOptions: { engagementMetrics: false, optimizedSharedDelivery: false },
    });
    configurationSet.addEventDestination('Undelivered', {
      events: undelivered,
      destination: EventDestination.cloudWatchDimensions([
        {
          source: CloudWatchDimensionSource.MESSAGE_TAG,
          name: mailDimension,
          defaultValue: this.configurationSetName,
        },
      ]),
    });
    if (existing !== null) return;
    const domain = domainOf(from);
    const identity = new EmailIdentity(this, 'Identity', { identity: Identity.domain(domain), configurationSet });
    for (const [index, { name, value }] of identity.dkimRecords.entries()) {
      new CfnOutput(this, `Dkim${index + 1}`, {
        value: `${name} CNAME ${value}`,
        description: `DKIM record ${index + 1} of 3 for ${domain}.`,
      });
    }
  }

  /**
   * Sends mail as the configured sender, and as nobody else. SES asks for the right to whichever of its identities stands for the sender, to the
   * configuration set, and to those of recipients that it has, as all have in its sandbox.
   */
  send(): Use {
    const arnOf = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'ses', resource, resourceName });
    const statement = (resources: readonly string[]) =>
      new PolicyStatement({
        actions: ['ses:SendEmail'],
        resources: [...resources],
        conditions: { StringEquals: { 'ses:FromAddress': this.#from } },
      });
    const domains = [...new Set(this.#recipients.map(domainOf))].sort();
    const addresses = domains.map((domain) => arnOf('identity', `*@${domain}`));
    const others = new Set(domains.flatMap(domainsAbove));
    return {
      variables: { MAIL_CONFIGURATION_SET: this.configurationSetName },
      statements: [
        statement([
          ...identitiesOf(this.#from).map((identity) => arnOf('identity', identity)),
          arnOf('configuration-set', this.configurationSetName),
        ]),
        ...(domains.length === 0
          ? []
          : [statement([...addresses, ...[...others].sort().map((domain) => arnOf('identity', domain))])]),
      ],
      acknowledged: addresses.map((address) =>
        wideResource(
          this,
          address,
          'Recipients: each may be an identity of its own, and the sender is named by a condition.',
        ),
      ),
    };
  }
}

const undelivered = [
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
  EmailSendingEvent.REJECT,
  EmailSendingEvent.DELIVERY_DELAY,
];
