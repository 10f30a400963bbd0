import { Hono } from 'hono';
import { SluiceError } from '../../contracts/errors.ts';
import { alertmanagerEventSchema } from '../../contracts/events/alertmanager.ts';
import type { StartedExecution } from '../../contracts/records/delivery.ts';
import { alertTriggerSchema } from '../../contracts/trigger.ts';
import { type AlertPlan, planAlerts } from '../../core/alerts/plan-alerts.ts';
import { timestamp } from '../../pipeline/operation/operation-context.ts';
import { recordDelivery } from '../../pipeline/operation/record-delivery.ts';
import { startOperation } from '../../pipeline/operation/start-operation.ts';
import { answerFault, refuse, refuseInvalid, refuseTooLarge, refuseUnknown } from '../http/answers.ts';
import { isBearer } from '../http/bearer.ts';
import { mebibytes, parseJson, readBody } from '../http/read-body.ts';
import type { AlertmanagerWebhookDeps } from './deps.ts';

const longestBody = mebibytes(1);

/** What became of one alert. */
interface AlertAnswer {
  readonly fingerprint: string;
  readonly accepted: boolean;
  readonly operation?: string | null;
  /** ARN of what was started; one that finds nothing to do registers no operation. */
  readonly execution?: string;
  readonly reason?: string;
  /** Name of the fault that kept a start from happening; the delivery should be repeated. */
  readonly error?: string;
}

/**
 * `POST /webhooks/alertmanager`: firing alerts start the one way back (rule 6). Whether traffic goes back is decided there, by
 * the live route. One alert's failure loses no other; with any failure the answer is 503, and what was started stays started.
 */
export function createApp(deps: AlertmanagerWebhookDeps): Hono {
  const app = new Hono();
  app.onError((error, context) => answerFault(context, error, deps.log));

  app.post('/webhooks/alertmanager', async (context) => {
    const secrets = await deps.secrets.get(deps.secretName);
    if (!isBearer(context.req.header('authorization'), secrets)) return refuseUnknown(context);
    const body = await readBody(context.req.raw, longestBody);
    if (body.kind === 'too-large') return refuseTooLarge(context, longestBody);
    const document = parseJson(body.bytes);
    if (document === undefined) {
      return refuse(context, 400, { name: 'InvalidInput', message: 'The body is not JSON.', problems: [] });
    }
    const parsed = alertmanagerEventSchema.safeParse(document);
    if (!parsed.success) return refuseInvalid(context, parsed.error);

    const plans = planAlerts(deps.configuration, parsed.data);
    // Every second counts until the traffic is back: first all starts, then the records.
    const begun = await Promise.all(plans.map((plan) => startFor(deps, plan)));
    await Promise.all(plans.map((plan, index) => record(deps, plan, begun[index])));
    const alerts = begun.map(({ answer }) => answer);
    return context.json({ alerts }, alerts.some(({ error }) => error !== undefined) ? 503 : 202);
  });
  return app;
}

/** What is told of an alert, and what it started. */
interface Begun {
  readonly answer: AlertAnswer;
  readonly started: StartedExecution | null;
}

const fingerprintOf = (plan: AlertPlan): string =>
  plan.kind === 'start' ? plan.trigger.fingerprint : plan.fingerprint;

async function startFor(deps: AlertmanagerWebhookDeps, plan: AlertPlan): Promise<Begun> {
  const fingerprint = fingerprintOf(plan);
  const unaccepted = (why: Pick<AlertAnswer, 'error' | 'reason'>): Begun => ({
    answer: { fingerprint, accepted: false, ...why },
    started: null,
  });
  if (plan.kind === 'ignore') return unaccepted({ reason: plan.detail });
  const { service, executionName: name } = plan;
  try {
    const trigger = alertTriggerSchema.parse(plan.trigger);
    const outcome = await startOperation(deps.workflow, {
      stateMachineArn: deps.rollbackMachine,
      name,
      service,
      trigger,
    });
    if (outcome.kind === 'already-exists') return unaccepted({ reason: 'already handled' });
    const { operation, execution, started } = outcome;
    return { answer: { fingerprint, accepted: true, operation, execution }, started };
  } catch (error) {
    // One alert's failure must not keep the others from being started.
    const name = error instanceof SluiceError ? error.name : 'InternalError';
    const message = error instanceof Error ? error.message : String(error);
    deps.log({ level: 'error', message, error: name, fingerprint });
    const reason = error instanceof SluiceError ? message : 'Sluice failed; its log says how.';
    return unaccepted({ error: name, reason });
  }
}

async function record(deps: AlertmanagerWebhookDeps, plan: AlertPlan, begun: Begun | undefined): Promise<void> {
  const { answer, started = null } = begun ?? {};
  await recordDelivery(deps, {
    id: fingerprintOf(plan),
    source: 'alertmanager',
    service: plan.kind === 'start' ? plan.service : null,
    at: timestamp(deps),
    accepted: answer?.accepted ? 'started' : 'ignored',
    reason: answer?.accepted ? `operation ${answer.operation}` : (answer?.reason ?? 'unknown'),
    started,
  });
}
