import type { ActionContext } from '../api/action.ts';
import type { CallTask } from '../journal/task-call.ts';
import { type AwsSdkOptions, createAwsSdkCalls } from './aws-sdk.ts';
import { createLambdaCalls } from './lambda.ts';
import { callSfn } from './sfn.ts';
import { callStates } from './states.ts';

export interface IntegrationOptions extends AwsSdkOptions {
  /** The engine's own API; asked for at the first call, since the engine is made after its integrations. */
  context(): ActionContext;
}

/** The services that tasks can use, by the resource's service name. */
export function createIntegrations(options: IntegrationOptions): { call: CallTask; warm(): Promise<void> } {
  const { endpoints, region, credentials } = options;
  const lambda = createLambdaCalls({ endpoint: endpoints.lambda ?? '', region, credentials });
  const callSdk = createAwsSdkCalls(options);
  const call: CallTask = (task) => {
    switch (task.resource.service) {
      case 'lambda':
      case 'lambda-function':
        return lambda.call(task);
      case 'states':
        return callStates(options.context(), task);
      case 'aws-sdk:sfn':
        return callSfn(options.context(), task);
      default:
        return callSdk(task);
    }
  };
  return { call, warm: lambda.warm };
}
