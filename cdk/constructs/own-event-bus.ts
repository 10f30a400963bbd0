import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Use } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';
import { deadLetterQueue } from './sluice-function.ts';

/** The bus on which Sluice tells others of its operations (contracts/events/sluice-event.ts). Who wants to know adds rules to it. */
export class OwnEventBus extends Construct {
  readonly bus: EventBus;
  /** Events that could not be encrypted or decrypted. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: { readonly name: string; readonly key: EncryptionKey }) {
    super(scope, id);
    this.undelivered = deadLetterQueue(this, 'Undelivered', `${props.name}-events`);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: props.name,
      description: 'What Sluice tells others of its operations.',
      kmsKey: props.key.key,
      deadLetterQueue: this.undelivered,
    });
    this.undelivered.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Bus',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.undelivered.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': this.bus.eventBusArn } },
      }),
    );
  }

  /** Puts events on this bus. EventBridge encrypts them itself, by the key's own policy. */
  publish(): Use {
    return {
      variables: { SLUICE_EVENT_BUS: this.bus.eventBusName },
      statements: [new PolicyStatement({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] })],
    };
  }
}
