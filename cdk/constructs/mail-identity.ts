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
import type { Use } from '../use.ts';

/** Metrics of SES are counted by this dimension; its value is the configuration set. */
export const mailDimension = 'sluice-mail';

/**
 * The identity that Sluice sends from: the domain of `mail.from`, with DKIM. Opens and clicks are not tracked: links of
 * approvals hold a key and must not be rewritten.
 */
export class MailIdentity extends Construct {
  readonly configurationSetName: string;
  readonly #from: string;
  readonly #identityArn: string;

  constructor(scope: Construct, id: string, props: { readonly name: string; readonly from: string }) {
    super(scope, id);
    this.#from = props.from;
    this.configurationSetName = `${props.name}-mail`;
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
    const domain = props.from.slice(props.from.lastIndexOf('@') + 1);
    const identity = new EmailIdentity(this, 'Identity', { identity: Identity.domain(domain), configurationSet });
    this.#identityArn = identity.emailIdentityArn;
    for (const [index, { name, value }] of identity.dkimRecords.entries()) {
      new CfnOutput(this, `Dkim${index + 1}`, {
        value: `${name} CNAME ${value}`,
        description: `DKIM record ${index + 1} of 3 for ${domain}.`,
      });
    }
  }

  /** Sends mail as the configured sender, and as nobody else. */
  send(): Use {
    const configurationSet = Stack.of(this).formatArn({
      service: 'ses',
      resource: 'configuration-set',
      resourceName: this.configurationSetName,
    });
    return {
      statements: [
        new PolicyStatement({
          actions: ['ses:SendEmail'],
          resources: [this.#identityArn, configurationSet],
          conditions: { StringEquals: { 'ses:FromAddress': this.#from } },
        }),
      ],
    };
  }
}

const undelivered = [
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
  EmailSendingEvent.REJECT,
  EmailSendingEvent.DELIVERY_DELAY,
];
