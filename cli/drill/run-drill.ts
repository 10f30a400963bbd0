import type { ApiOperation } from '../../contracts/api/operation.ts';
import { type Milliseconds, milliseconds, seconds } from '../../contracts/duration.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { Outcome } from '../../contracts/operation.ts';
import type { ReadyFile } from '../connection/ready-file.ts';
import { CliError, endedAs, exitCodes } from '../exit.ts';
import { deliverRun, sendAlert } from '../fire/deliver.ts';
import { createWorkflowRuns } from '../fire/workflow-run.ts';
import type { World } from '../world.ts';
import { createSandboxFace, type DrillFault, type SandboxFace } from './sandbox-face.ts';

/** The moments of a deployment at which a drill can begin. */
export const drillMoments = ['awaiting-approval', 'syncing', 'shifting', 'baking'] as const;
export type DrillMoment = (typeof drillMoments)[number];

export interface DrillPlan {
  readonly service: { readonly name: string; readonly repository: string };
  readonly faults: readonly DrillFault[];
  readonly moment: DrillMoment;
  /** Whether an alert about the target has to bring the traffic back meanwhile. */
  readonly rescue: 'alert' | 'none';
  /** How long the dependencies stay as they are. */
  readonly lasts: Milliseconds;
}

export interface DrillReport {
  readonly version: string;
  readonly operation: string;
  readonly target: EnvironmentName;
  readonly dependencies: readonly string[];
  /** From the alert to the target's last answer, ms; null without one. */
  readonly trafficBackMs: number | null;
  readonly awayMs: number;
  /** Requests of Sluice that met the fault, by dependency. */
  readonly spoilt: Readonly<Record<string, number>>;
  readonly outcome: Outcome;
  readonly reason: string | null;
  /** The operation that returned this one. */
  readonly rollback: { readonly id: string; readonly outcome: Outcome | null } | null;
  /** From the moment that all were well again to the last outcome, ms. */
  readonly endedAfterMs: number;
  readonly load: { readonly sent: number; readonly failed: number };
}

const often = milliseconds(100);
const veryOften = milliseconds(15);
/** A target that has answered nothing for so long has no traffic: the load asks more than once in this time, at 5 % too. */
const quiet = seconds(1.5);

/** Carries a release of its own into a sandbox, spoils its dependencies on the way, and measures what comes of it. */
export async function runDrill(
  world: World,
  ready: ReadyFile,
  plan: DrillPlan,
  tell: (line: string) => void,
): Promise<DrillReport> {
  const face = createSandboxFace(world, ready);
  const until = waiting(world);
  const before = await face.load(plan.service.name);
  if (before === null) {
    throw new CliError('NoLoad', exitCodes.refused, 'The sandbox sends no traffic, so a drill would measure nothing.');
  }
  const version = `v9.0.${Math.floor(world.now() / 1000)}`;
  const operation = await begin(world, ready, plan, version);
  tell(`${version} is being deployed by operation ${operation}.`);
  const moment = await reach(face, until, { operation, version, moment: plan.moment });
  const target = moment.target ?? otherEnvironment(moment.origin ?? 'blue');

  const dependencies = plan.faults.map(({ dependency }) => dependency);
  const began = world.now();
  for (const fault of plan.faults) await face.spoil(fault);
  let spoilt: Readonly<Record<string, number>> = {};
  let trafficBackMs: number | null = null;
  try {
    tell(`${dependencies.join(', ')}: ${plan.faults[0]?.fault}. The deployment is ${moment.state}.`);
    if (plan.rescue === 'alert') trafficBackMs = await returnByAlert(world, ready, { face, plan, target });
    const left = plan.lasts - (world.now() - began);
    if (left > 0) await world.pause(milliseconds(left), new AbortController().signal);
  } finally {
    spoilt = await face.heal();
  }
  const healed = world.now();
  tell('All dependencies are back.');
  if (plan.moment === 'awaiting-approval') await approveAll(face, moment, version);

  const ended = await until('the deployment has its outcome', seconds(240), async () => {
    const now = await face.operation(operation);
    return now?.outcome == null ? null : { ...now, outcome: now.outcome };
  });
  const rollback = await until('its return has an outcome too', seconds(120), async () => {
    const all = (await face.operations(plan.service.name)).filter(({ related }) => related === operation);
    const returns = await Promise.all(all.map(({ id }) => face.operation(id)));
    const open = returns.some((one) => one === null || one.outcome === null);
    return open ? null : { newest: returns.find((one) => one?.outcome === 'succeeded') ?? returns[0] ?? null };
  });
  const after = (await face.load(plan.service.name)) ?? before;
  return {
    version,
    operation,
    target,
    dependencies,
    trafficBackMs,
    awayMs: healed - began,
    spoilt: Object.fromEntries(dependencies.map((name) => [name, spoilt[name] ?? 0])),
    outcome: ended.outcome,
    reason: ended.reason,
    rollback: rollback.newest === null ? null : { id: rollback.newest.id, outcome: rollback.newest.outcome },
    endedAfterMs: world.now() - healed,
    load: { sent: after.sent - before.sent, failed: after.failed - before.failed },
  };
}

async function begin(world: World, ready: ReadyFile, { service }: DrillPlan, version: string): Promise<string> {
  const payload = await createWorkflowRuns(world, ready, service).build(version);
  const { answer, document } = await deliverRun(world, ready, { payload, delivery: world.newId() });
  if (answer?.accepted && answer.operation) return answer.operation;
  throw new CliError('NotStarted', exitCodes.failed, `The deployment did not start: ${JSON.stringify(document)}`);
}

type Until = ReturnType<typeof waiting>;

/** Brings the deployment to the moment of the drill, with every approval that it needs for that. */
async function reach(
  face: SandboxFace,
  until: Until,
  { operation, version, moment }: { operation: string; version: string; moment: DrillMoment },
): Promise<ApiOperation> {
  const at = (what: string, fits: (now: ApiOperation) => boolean) =>
    until(what, seconds(120), async () => {
      const now = await face.operation(operation);
      if (now !== null && now.outcome !== null)
        throw endedAs(now.outcome, `The deployment ended too early: ${now.reason}`);
      return now !== null && fits(now) ? now : null;
    });
  const waits = await at('it asks for approvals', ({ approvals }) => approvals !== null);
  if (moment === 'awaiting-approval') return waits;
  await approveAll(face, waits, version);
  switch (moment) {
    case 'syncing':
      return at('it waits for the sync', ({ state }) => state === 'syncing' || state === 'verifying-standby');
    case 'shifting':
      return at('it has traffic', ({ target, weights }) => target !== null && (weights?.[target] ?? 0) > 0);
    case 'baking':
      return at('it bakes', ({ state }) => state === 'baking');
  }
}

async function approveAll(face: SandboxFace, { id, approvals }: ApiOperation, version: string): Promise<void> {
  // One person counts once.
  const used = new Set(approvals?.excluded);
  for (const { members, count } of approvals?.rules ?? []) {
    const asked = members.filter((member) => !used.has(member)).slice(0, count);
    for (const person of asked) {
      used.add(person);
      await face.approve(id, version, person);
    }
  }
}

/** From sending the alert to the last request that the target answered. */
async function returnByAlert(
  world: World,
  ready: ReadyFile,
  { face, plan, target }: { face: SandboxFace; plan: DrillPlan; target: EnvironmentName },
): Promise<number> {
  const sent = world.now();
  const sending = sendAlert(world, ready, {
    name: 'Drill',
    service: plan.service.name,
    environment: target,
    severity: 'critical',
    summary: 'fired by `sluice drill`',
    status: 'firing',
    startsAt: sent,
  });
  let count = await face.answeredBy(plan.service.name, target);
  let last = sent;
  while (world.now() - last < quiet) {
    if (world.now() - sent > seconds(30)) {
      throw endedAs(
        'not-returned',
        `${target} still has traffic 30 s after the alert.`,
        `\`sluice break-glass --service ${plan.service.name}\` prints the patch that returns it.`,
      );
    }
    await world.pause(veryOften, new AbortController().signal);
    const now = await face.answeredBy(plan.service.name, target);
    if (now !== count) {
      count = now;
      last = world.now();
    }
  }
  const { answer, document } = await sending;
  if (answer?.accepted) return last - sent;
  throw new CliError('AlertRefused', exitCodes.failed, `The alert was not accepted: ${JSON.stringify(document)}`);
}

/** Asks until there is an answer, or the time is over. */
const waiting =
  (world: World) =>
  async <T>(what: string, within: Milliseconds, look: () => Promise<T | null>): Promise<T> => {
    const end = world.now() + within;
    while (true) {
      const found = await look();
      if (found !== null) return found;
      if (world.now() > end) throw endedAs('too-late', `Waited ${within / 1000} s, but this did not happen: ${what}.`);
      await world.pause(often, new AbortController().signal);
    }
  };
