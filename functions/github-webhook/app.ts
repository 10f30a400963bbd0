import { Hono } from 'hono';
import { isSignedByGitHub } from '../../adapters/source/verify-webhook.ts';
import { workflowRunEventSchema } from '../../contracts/events/github-workflow-run.ts';
import { deploymentTriggerSchema } from '../../contracts/trigger.ts';
import { decideWorkflowRun } from '../../core/triggers/workflow-run.ts';
import { timestamp } from '../../pipeline/operation/operation-context.ts';
import { recordDelivery } from '../../pipeline/operation/record-delivery.ts';
import { startOperation } from '../../pipeline/operation/start-operation.ts';
import { answerFault, refuse, refuseInvalid, refuseTooLarge, refuseUnknown } from '../http/answers.ts';
import { isFormEncoded, mebibytes, parseJson, readBody } from '../http/read-body.ts';
import type { GitHubWebhookDeps } from './deps.ts';

const longestBody = mebibytes(1);
const formEncoded =
  "The body is form-encoded, which is the default of GitHub's webhooks. Set the content type of this webhook to application/json.";

/**
 * `POST /webhooks/github`: a CI run that ended well starts a deployment (DESIGN §5, triggers). The bytes are verified before
 * anything is parsed. 202 says whether it was accepted and why not; 503 makes GitHub show the failure, and a redelivery works.
 */
export function createApp(deps: GitHubWebhookDeps): Hono {
  const app = new Hono();
  app.onError((error, context) => answerFault(context, error, deps.log));

  app.post('/webhooks/github', async (context) => {
    const body = await readBody(context.req.raw, longestBody);
    if (body.kind === 'too-large') return refuseTooLarge(context, longestBody);
    const secrets = await deps.secrets.get(deps.secretName);
    if (!isSignedByGitHub(body.bytes, context.req.header('x-hub-signature-256'), secrets)) {
      return refuseUnknown(context);
    }

    const event = context.req.header('x-github-event') ?? 'unknown';
    const delivery = (context.req.header('x-github-delivery') ?? 'unknown').slice(0, 100);
    const document = parseJson(body.bytes);
    if (document === undefined) {
      const message = isFormEncoded(context.req.header('content-type'), body.bytes)
        ? formEncoded
        : 'The body is not JSON.';
      return refuse(context, 400, { name: 'InvalidInput', message, problems: [] });
    }
    if (event === 'ping') return context.json({ accepted: false, reason: 'ping: the webhook works' }, 202);
    const ignore = async (service: string | null, reason: string) => {
      const at = timestamp(deps);
      await recordDelivery(deps, {
        ...{ id: delivery, source: 'github', service, at, accepted: 'ignored', reason, started: null },
      });
      return context.json({ accepted: false, reason }, 202);
    };
    if (event !== 'workflow_run')
      return ignore(null, `event ${event.slice(0, 100)} starts nothing; only workflow_run does`);

    const parsed = workflowRunEventSchema.safeParse(document);
    if (!parsed.success) return refuseInvalid(context, parsed.error);
    const decision = decideWorkflowRun(deps.configuration, parsed.data);
    if (decision.kind === 'ignore') return ignore(null, decision.reason);
    const trigger = deploymentTriggerSchema.parse(decision.trigger);
    const { service, executionName: name } = decision;
    const outcome = await startOperation(deps.workflow, {
      stateMachineArn: deps.deploymentMachine,
      name,
      service,
      trigger,
    });
    if (outcome.kind === 'already-exists') {
      return ignore(
        service,
        `this CI run was delivered before, as operation ${outcome.operation}. To see its result: sluice operation ${outcome.operation}`,
      );
    }
    const { operation, execution, started } = outcome;
    const reason = `operation ${operation}`;
    const at = timestamp(deps);
    await recordDelivery(deps, { id: delivery, source: 'github', service, at, accepted: 'started', reason, started });
    return context.json({ accepted: true, operation, execution }, 202);
  });
  return app;
}
