import { type Context, Hono } from 'hono';
import { SluiceError } from '../../contracts/errors.ts';
import type { AlertmanagerAlert } from '../../contracts/events/alertmanager.ts';
import { because } from '../../contracts/reason.ts';
import { type DeliveryRecord, type StartedExecution, truncatedDelivery } from '../../contracts/records/delivery.ts';
import { alertTriggerSchema } from '../../contracts/trigger.ts';
import { againName, isStorm, type Lead, leadAlerts } from '../../core/alerts/lead-alerts.ts';
import { type AlertPlan, planAlerts } from '../../core/alerts/plan-alerts.ts';
import { timestamp } from '../../pipeline/operation/operation-context.ts';
import { recordDelivery } from '../../pipeline/operation/record-delivery.ts';
import { type OperationStarted, startOperation } from '../../pipeline/operation/start-operation.ts';
import { onlyObserved } from '../../pipeline/operator/refuse-observed.ts';
import { answerFault, refuse, refuseInvalid, refuseTooLarge, refuseUnknown } from '../http/answers.ts';
import { isBearer } from '../http/bearer.ts';
import { mebibytes, parseJson, readBody } from '../http/read-body.ts';
import type { AlertmanagerWebhookDeps } from './deps.ts';
import { isMalformed, type MalformedAlert, readAlerts } from './read-alerts.ts';
import { rememberAlerts } from './remember-alerts.ts';
import { addTopicRoute } from './topic-route.ts';

/** API Gateway takes no more. A storm of 10,000 alerts has several. */
const longestBody = mebibytes(10);
/** So many alerts of one payload are recorded one by one; the rest are counted. */
const recordedEach = 20;

/** What became of one alert. */
interface AlertAnswer {
  readonly fingerprint: string | null;
  readonly accepted: boolean;
  readonly operation?: string | null;
  /** ARN of what was started; one that finds nothing to do registers no operation. */
  readonly execution?: string;
  readonly reason?: string;
  /** Name of the fault that kept a start from happening; the delivery should be repeated. */
  readonly error?: string;
}

/**
 * `POST /webhooks/alertmanager`, and `/webhooks/sns` for what comes by a topic: firing alerts start the one way back (rule 6). Whether
 * traffic goes back is decided there, by the live route. One alert's failure loses no other; with any failure the answer is 503, and what was started stays started.
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
    return takeAlerts(context, deps, document);
  });
  addTopicRoute(app, deps, takeAlerts);
  return app;
}

/** Judges a group of alerts, however it came in, and answers what became of each. */
async function takeAlerts(context: Context, deps: AlertmanagerWebhookDeps, document: unknown): Promise<Response> {
  const read = readAlerts(document);
  if (read.kind === 'refused') return refuseInvalid(context, read.error);
  const malformed = read.alerts.filter(isMalformed);
  const problems = malformed.flatMap((alert) => alert.problems).slice(0, 100);
  if (malformed.length > 0 && malformed.length === read.alerts.length) {
    return refuse(context, 400, { name: 'InvalidInput', message: 'No alert has the expected shape.', problems });
  }

  const plans = planAlerts(deps.configuration, {
    alerts: read.alerts.filter((alert): alert is AlertmanagerAlert => !isMalformed(alert)),
  });
  // Every second counts until the traffic is back: first all starts, then the records.
  const begun = await Promise.all(leadAlerts(plans, deps.now()).map((lead) => startFor(deps, lead)));
  const answers = answersOf(plans, begun);
  await Promise.all([
    rememberAlerts(deps, {
      plans: worthRemembering(plans, begun),
      judgedBy: (plan) => answers.get(plan)?.operation ?? null,
    }),
    record(deps, { plans, begun, answers, malformed, truncatedAlerts: read.truncatedAlerts }),
  ]);
  let next = 0;
  const alerts = read.alerts.map((alert): AlertAnswer => {
    if (isMalformed(alert)) return { fingerprint: alert.fingerprint, accepted: false, reason: wordsOf(alert) };
    const plan = plans[next++];
    return (plan && answers.get(plan)) ?? { fingerprint: alert.fingerprint, accepted: false };
  });
  const answer = { alerts, ...(problems.length === 0 ? {} : { problems }) };
  return context.json(answer, alerts.some(({ error }) => error !== undefined) ? 503 : 202);
}

const wordsOf = ({ problems }: MalformedAlert): string =>
  problems.map(({ path, message }) => `${path}: ${message}`).join('; ');

/** What an execution was started for, what is told of it, and what it started. */
interface Begun {
  readonly lead: Lead;
  readonly answer: Omit<AlertAnswer, 'fingerprint'>;
  readonly started: StartedExecution | null;
}

/** Without those of a storm that another payload has begun: one of them for each side tells that it goes on. */
function worthRemembering(plans: readonly AlertPlan[], begun: readonly Begun[]): readonly AlertPlan[] {
  const joined = begun.filter(({ lead, started }) => isStorm(lead) && started === null);
  const spared = new Set(joined.flatMap(({ lead }) => lead.of.filter((plan): boolean => plan !== lead.alert)));
  return plans.filter((plan) => plan.kind !== 'start' || !spared.has(plan));
}

/** What became of each alert: the same of all that one was judged for. */
function answersOf(plans: readonly AlertPlan[], begun: readonly Begun[]): ReadonlyMap<AlertPlan, AlertAnswer> {
  const answers = new Map<AlertPlan, AlertAnswer>();
  for (const { lead, answer } of begun) {
    for (const plan of lead.of) answers.set(plan, { fingerprint: plan.trigger.fingerprint, ...answer });
  }
  for (const plan of plans) {
    if (plan.kind === 'start') continue;
    answers.set(plan, { fingerprint: plan.fingerprint, accepted: false, reason: plan.detail });
  }
  return answers;
}

async function startFor(deps: AlertmanagerWebhookDeps, lead: Lead): Promise<Begun> {
  const { alert, name } = lead;
  const service = deps.configuration.services.find((one) => one.name === alert.service);
  if (service?.mode === 'observe') {
    const reason = because('OnlyObserved', `${onlyObserved(service.name)} A running observation reports this alert`);
    return { lead, answer: { accepted: false, reason }, started: null };
  }
  try {
    const trigger = alertTriggerSchema.parse(alert.trigger);
    const start = { stateMachineArn: deps.rollbackMachine, service: alert.service, trigger };
    let outcome = await startOperation(deps.workflow, { ...start, name });
    // A storm goes on under another name in a second anyway.
    if (!isStorm(lead) && didNothing(outcome)) {
      // It was too early, too late, or about a side without traffic. That may be different now.
      outcome = await startOperation(deps.workflow, { ...start, name: againName(alert, deps.now()) });
    }
    const { operation, execution } = outcome;
    if (outcome.kind === 'started') {
      return { lead, answer: { accepted: true, operation, execution }, started: outcome.started };
    }
    const answer = isStorm(lead)
      ? { accepted: true, operation, execution, reason: 'judged together with others of the same storm' }
      : {
          accepted: false,
          reason: 'this firing of the alert was judged before; `sluice deliveries` shows the result',
        };
    return { lead, answer, started: null };
  } catch (error) {
    // One alert's failure must not keep the others from being started.
    const { name: failure, message } =
      error instanceof SluiceError ? error : { name: 'InternalError', message: 'Sluice failed; its log says how.' };
    deps.log({
      level: 'error',
      message: error instanceof Error ? error.message : String(error),
      error: failure,
      fingerprint: alert.trigger.fingerprint,
    });
    return { lead, answer: { accepted: false, error: failure, reason: message }, started: null };
  }
}

/** Whether an earlier execution ended without having acted on the alert: only what was acted on is final. */
function didNothing(outcome: OperationStarted): boolean {
  if (outcome.kind === 'started') return false;
  if (outcome.status === 'SUCCEEDED') return outcomeOf(outcome.output) === 'ignored';
  return outcome.status === 'FAILED' || outcome.status === 'TIMED_OUT' || outcome.status === 'ABORTED';
}

function outcomeOf(output: string | null): unknown {
  const read: unknown = output === null ? null : JSON.parse(output);
  return typeof read === 'object' && read !== null && 'outcome' in read ? read.outcome : null;
}

interface Delivered {
  readonly plans: readonly AlertPlan[];
  readonly begun: readonly Begun[];
  readonly answers: ReadonlyMap<AlertPlan, AlertAnswer>;
  readonly malformed: readonly MalformedAlert[];
  readonly truncatedAlerts: number;
}

/** The one service that all of a payload is about; null: several, or none that is known. */
function soleServiceOf(plans: readonly AlertPlan[]): string | null {
  const [first, ...others] = new Set(plans.map((plan) => ('service' in plan ? plan.service : null)));
  return others.length === 0 ? (first ?? null) : null;
}

/** Records what became of the payload: every execution, and every other alert up to a number, beyond which they are counted. */
async function record(deps: AlertmanagerWebhookDeps, delivered: Delivered): Promise<void> {
  const { plans, begun, answers, malformed, truncatedAlerts } = delivered;
  const at = timestamp(deps);
  const told = (
    id: string,
    service: string | null,
    { accepted, operation, reason = 'unknown' }: Omit<AlertAnswer, 'fingerprint'>,
    started: StartedExecution | null = null,
  ): DeliveryRecord => ({
    id,
    source: 'alertmanager',
    service,
    at,
    accepted: started === null ? 'ignored' : 'started',
    reason: accepted && started !== null ? `operation ${operation}` : reason,
    started,
  });
  const starts = begun.map(({ lead, answer, started }) => {
    const first = told(lead.alert.trigger.fingerprint, lead.alert.service, answer, started);
    const others = lead.of.length - 1;
    return others === 0 ? first : { ...first, reason: `${first.reason}; judged for ${others} more alerts` };
  });
  const others = [
    ...malformed.map((alert) =>
      told(alert.fingerprint ?? 'malformed', null, { accepted: false, reason: wordsOf(alert) }),
    ),
    ...plans.flatMap((plan) => {
      const answer = answers.get(plan);
      if (plan.kind === 'start' || answer === undefined) return [];
      return [told(plan.fingerprint, plan.reason === 'resolved' ? plan.service : null, answer)];
    }),
  ];
  const left = others.length - recordedEach;
  const counted = [
    ...(left > 0
      ? [told('more', null, { accepted: false, reason: `${left} more alerts of this payload lead to nothing` })]
      : []),
    ...(truncatedAlerts > 0
      ? [
          told(truncatedDelivery, soleServiceOf(plans), {
            accepted: false,
            reason: `Alertmanager left out ${truncatedAlerts} alerts (max_alerts)`,
          }),
        ]
      : []),
  ];
  const deliveries = [...starts, ...others.slice(0, recordedEach), ...counted];
  await Promise.all(deliveries.map((delivery) => recordDelivery(deps, delivery)));
}
