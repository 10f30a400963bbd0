import { CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { Use } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';

/** The topic that Sluice's own alarms page. Whoever is on call subscribes to it; a service's `notify.page.sns` may name it too. */
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

  /** Pages through the topics that the services name, and this one. */
  publish(): Use {
    const named = this.#configuration.services.flatMap(({ notify }) => notify.page.sns ?? []);
    return {
      statements: [
        new PolicyStatement({
          actions: ['sns:Publish'],
          resources: [this.topic.topicArn, ...new Set(named)],
        }),
        ...(this.#key.through('sns', 'Decrypt', 'GenerateDataKey').statements ?? []),
      ],
    };
  }
}
