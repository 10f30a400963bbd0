import { ArnFormat, CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { Use } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';

/** The topic that Sluice's own alarms page. People on call subscribe to it; a service's `notify.page.sns` may name it too. */
export class PageTopic extends Construct {
  readonly topic: Topic;
  readonly #key: EncryptionKey;
  readonly #configuration: Configuration;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly name: string; readonly key: EncryptionKey; readonly configuration: Configuration },
  ) {
    super(scope, id);
    this.#key = props.key;
    this.#configuration = props.configuration;
    this.topic = new Topic(this, 'Topic', {
      topicName: `${props.name}-page`,
      displayName: 'Sluice: somebody has to look',
      masterKey: props.key.key,
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    new CfnOutput(this, 'Arn', { value: this.topic.topicArn, description: 'The on-call subscribes to this topic.' });
  }

  /** Pages through the topics that the services name, and this one; reads the secrets of their webhooks. */
  publish(): Use {
    const pages = this.#configuration.services.map(({ notify }) => notify.page);
    const named = pages.flatMap(({ sns }) => sns ?? []);
    const secrets = [...new Set(pages.flatMap(({ secret }) => secret ?? []))];
    const keys = new Map(
      pages.flatMap(({ sns, key }) => (sns === undefined || key === undefined ? [] : [[key, sns] as const])),
    );
    // Secrets Manager ends the name of a secret's ARN with six characters of its own.
    const secretArns = secrets.map((secret) =>
      Stack.of(this).formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: `${secret}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    return {
      statements: [
        new PolicyStatement({
          actions: ['sns:Publish'],
          resources: [this.topic.topicArn, ...new Set(named)],
        }),
        ...(this.#key.through('sns', 'Decrypt', 'GenerateDataKey').statements ?? []),
        ...[...keys].map(
          ([key, topic]) =>
            new PolicyStatement({
              actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
              resources: [key],
              conditions: {
                StringEquals: { 'kms:ViaService': `sns.${topic.split(':')[3]}.${Stack.of(this).urlSuffix}` },
              },
            }),
        ),
        ...(secretArns.length === 0
          ? []
          : [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secretArns })]),
      ],
    };
  }
}
