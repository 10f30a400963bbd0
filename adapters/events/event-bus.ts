import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { eventSource, type SluiceEvent } from '../../contracts/events/sluice-event.ts';
import { type AwsOptions, awsClientConfig, callAws } from '../shared/aws.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { unavailable } from '../shared/dependency-errors.ts';

/** Where Sluice tells others of itself. */
export interface EventBus {
  /** Puts an event on the bus. Errors: DependencyUnavailable, DependencyRefused. */
  publish(event: SluiceEvent, options?: CallOptions): Promise<void>;
}

export interface EventBusOptions extends AwsOptions {
  /** Name or ARN of the bus. */
  readonly bus: string;
  /** Of one attempt to publish; 2 s without it. */
  readonly within?: Milliseconds;
}

/** A bus of EventBridge. */
export function createEventBus(options: EventBusOptions): EventBus {
  const { bus } = options;
  const client = new EventBridgeClient(awsClientConfig(options));
  return {
    publish: ({ type, detail }, asked = {}) => {
      const attempted = `PutEvents "${type}" to ${bus}`;
      const within = options.within ?? seconds(2);
      const call = { dependency: 'EventBridge', attempted, within, ...asked };
      // A read, as far as repetitions go: who gets an event twice knows it by its id.
      return callAws({ ...call, retry: 'safe' }, async (abortSignal) => {
        const entry = {
          EventBusName: bus,
          Source: eventSource,
          DetailType: type,
          Time: new Date(detail.at),
          Detail: JSON.stringify(detail),
        };
        const answer = await client.send(new PutEventsCommand({ Entries: [entry] }), { abortSignal });
        const failed = answer.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
        if (failed) throw unavailable({ ...call, reason: `${failed.ErrorCode}: ${failed.ErrorMessage ?? ''}` });
      });
    },
  };
}
