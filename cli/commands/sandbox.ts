import { type Command, Option } from 'commander';
import { operationSchema } from '../../contracts/api/operation.ts';
import { type ApiStartState, startStateSchema } from '../../contracts/api/operator-actions.ts';
import { serviceListSchema } from '../../contracts/api/service.ts';
import { seconds } from '../../contracts/duration.ts';
import { between, type Instant, parseInstant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { type Api, createApi } from '../connection/api.ts';
import { tokenProof } from '../connection/proof.ts';
import type { ReadyFile } from '../connection/ready-file.ts';
import { CliError, exitCodes, refusedBy, usageError } from '../exit.ts';
import type { AlertToSend } from '../fire/alert.ts';
import { type Delivered, deliverRun, sendAlert } from '../fire/deliver.ts';
import { requireReady } from '../fire/require-ready.ts';
import { createWorkflowRuns } from '../fire/workflow-run.ts';
import { interruptible } from '../interruptible.ts';
import { addCommand, addGroup, environmentOption, parseVersion } from '../options.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';
import { addSetFault } from './sandbox-fault.ts';

interface SandboxFlags extends OutputFlags {
  readonly readyFile?: string;
  readonly service?: string;
}

interface WebhookFlags extends SandboxFlags {
  readonly version?: string;
  readonly build: boolean;
  readonly delivery?: string;
}

interface AlertFlags extends SandboxFlags {
  readonly environment?: EnvironmentName;
  readonly name: string;
  readonly severity: string;
  readonly summary: string;
  readonly status: 'firing' | 'resolved';
  readonly startsAt?: Instant;
}

/** `sluice sandbox …`: what GitHub and Alertmanager do to a sandbox, with the secrets of its ready file, and faults of its pods. */
export function addSandbox(program: Command, world: World): void {
  const sandbox = addGroup(
    program,
    'sandbox',
    'Do to a running sandbox what GitHub and Alertmanager do, and break what runs in it.',
  );
  const readyOption = ['--ready-file <path>', 'of the sandbox (SLUICE_READY_FILE; .sluice/ready.json)'] as const;

  addCommand(sandbox, {
    name: 'fire-webhook',
    summary: 'Deliver the completed CI run of a version, signed as GitHub signs it. Without a version: the newest run.',
    examples: ['sandbox fire-webhook --version v2.1.0', 'sandbox fire-webhook --version v2.2.0 --build'],
  })
    .option('--version <version>', 'which one', parseVersion)
    .option('--build', 'let the sandbox’s CI build that version first', false)
    .option('--delivery <id>', 'id of the delivery; give an earlier one for a redelivery')
    .option('--service <name>', 'whose repository (SLUICE_SERVICE)')
    .option(...readyOption)
    .action(async (flags: WebhookFlags) => {
      const ready = await requireReady(world, flags.readyFile);
      const service = await findService(world, ready, flags);
      const payload = await payloadOf(world, ready, service, flags);
      const delivery = flags.delivery ?? world.newId();
      await tell({ world, flags, ready }, await deliverRun(world, ready, { payload, delivery }));
    });

  addCommand(sandbox, {
    name: 'fire-alert',
    summary: 'Send an alert as Alertmanager does. Without --environment the alert has no such label.',
    examples: ['sandbox fire-alert --environment green', 'sandbox fire-alert --environment green --status resolved'],
  })
    .addOption(environmentOption('--environment <name>', 'label of the alert'))
    .option('--service <name>', 'label of the alert; Sluice does not have to know it (SLUICE_SERVICE)')
    .option('--name <alertname>', 'label of the alert', 'HighErrorRate')
    .option('--severity <word>', 'label of the alert', 'critical')
    .option('--summary <text>', 'annotation of the alert', 'fired by hand with `sluice sandbox fire-alert`')
    .addOption(new Option('--status <status>', 'of the alert').choices(['firing', 'resolved']).default('firing'))
    .option('--starts-at <time>', 'RFC 3339, now by default; an alert with the same start is handled once', parseTime)
    .option(...readyOption)
    .action(async (flags: AlertFlags) => {
      const ready = await requireReady(world, flags.readyFile);
      const service = flags.service ?? (await findService(world, ready, flags)).name;
      const { name, severity, summary, status: state, environment = null, startsAt = world.now() } = flags;
      const alert = { name, service, environment, severity, summary, status: state, startsAt };
      const delivered = await sendAlert(world, ready, alert);
      const { answer } = delivered;
      // Nothing starts by it, and it is remembered: a deployment that it paused goes on.
      if (state === 'resolved' && answer?.accepted === false && answer.reason?.endsWith(' is resolved')) {
        return print({ world, flags }, answer, () => [`It was taken note of: ${name} is resolved.`]);
      }
      const resolve = state === 'firing' ? resolveCommand(alert, flags.service) : null;
      await tell({ world, flags, ready, resolve }, delivered);
    });

  addSetFault(sandbox, world, readyOption);
}

/** The same alert is the one with the same labels. */
function resolveCommand({ name, environment, severity }: AlertToSend, service: string | undefined): string {
  const labels = [
    ...(environment === null ? [] : [`--environment ${environment}`]),
    ...(service === undefined ? [] : [`--service ${quoted(service)}`]),
    ...(name === 'HighErrorRate' ? [] : [`--name ${quoted(name)}`]),
    ...(severity === 'critical' ? [] : [`--severity ${quoted(severity)}`]),
  ];
  return ['sluice sandbox fire-alert', ...labels, '--status resolved'].join(' ');
}

const quoted = (word: string): string => (/^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function parseTime(text: string): Instant {
  try {
    return parseInstant(text);
  } catch {
    throw usageError(`--starts-at takes a time like 2026-11-23T09:00:00Z, not ${JSON.stringify(text)}.`);
  }
}

/** The service of a sandbox that is meant: the named one, else the only one there is. @throws {CliError} usage. */
export async function findService(world: World, ready: ReadyFile, flags: SandboxFlags) {
  const { services } = await apiOf(world, ready).get('/api/services', serviceListSchema);
  const named = flags.service ?? world.env.SLUICE_SERVICE;
  const names = services.map(({ name }) => name).join(', ');
  if (!named && services.length > 1)
    throw usageError(
      `The sandbox has ${services.length} services. Say which one you mean.`,
      `Pass --service: ${names}`,
    );
  const found = named ? services.find(({ name }) => name === named) : services[0];
  if (found !== undefined) return found;
  throw usageError(`The sandbox has no service ${named}.`, names);
}

const apiOf = (world: World, ready: ReadyFile): Api =>
  createApi(world, {
    url: ready.console,
    proof: tokenProof(ready.secrets.apiToken, null),
    user: null,
    source: ready.path,
    s3: ready.endpoints.s3,
  });

async function payloadOf(
  world: World,
  ready: ReadyFile,
  service: { readonly name: string; readonly repository: string },
  flags: WebhookFlags,
): Promise<object> {
  const runs = createWorkflowRuns(world, ready, service);
  if (flags.build && flags.version === undefined) throw usageError('--build needs --version.');
  if (flags.build && flags.version !== undefined) return runs.build(flags.version);
  const payload = await runs.payloadOf(flags.version ?? null);
  if (payload !== null) return payload;
  throw usageError(
    `${service.repository} has no CI run of ${flags.version ?? 'any version'}.`,
    'Add --build to have it built first.',
  );
}

/**
 * Says what became of a delivery, once the next command can find it. Accepted with thanks and ignored is a refusal by a rule, with its
 * reason.
 */
async function tell(
  io: {
    readonly world: World;
    readonly flags: OutputFlags;
    readonly ready: ReadyFile;
    /** What ends an alert that fires: until then it keeps later deployments from traffic. */
    readonly resolve?: string | null;
  },
  { status, answer, document }: Delivered,
): Promise<void> {
  if (answer === undefined) {
    throw new CliError(
      'UnexpectedAnswer',
      exitCodes.failed,
      `The webhook answered ${status}: ${JSON.stringify(document)}`,
    );
  }
  if (!answer.accepted) {
    print(io, answer, () => []);
    throw refusedBy('Ignored', answer.reason ?? `The webhook answered ${status}.`);
  }
  const id = answer.operation ?? null;
  const left = {
    message: 'You stopped waiting. The delivery was accepted, and what it starts continues.',
    advice: id === null ? 'To see its result: sluice deliveries' : `To see its result: sluice operation ${id}`,
  };
  const end =
    id === null
      ? null
      : await interruptible(io.world, left, (world) =>
          awaitRegistered({ ...io, world }, { id, execution: answer.execution ?? null }),
        );
  print(io, answer, () =>
    id === null || end !== null ? [] : [`Operation ${id}`, `Watch it: sluice operation ${id} --watch`],
  );
  if (end === null) return;
  const why = end.reason ?? `it ended as ${end.outcome}`;
  io.world.err(
    end.outcome === 'paused'
      ? `It was accepted, and a person has to decide: ${why}\nWhat to do: sluice status\n`
      : `It was accepted, and changed nothing: ${why}\n`,
  );
  if (io.resolve)
    io.world.err(`It keeps firing, and may pause a deployment before its traffic. Resolve it: ${io.resolve}\n`);
}

const untilRegistered = seconds(60);
const often = seconds(0.2);

/**
 * Waits until an operation can be found, or its execution has ended without one, and answers how. Whoever cannot be asked about it just
 * now (a drill takes the database away) is not waited for.
 */
async function awaitRegistered(
  { world, ready }: { readonly world: World; readonly ready: ReadyFile },
  { id, execution }: { readonly id: string; readonly execution: string | null },
): Promise<ApiStartState | null> {
  const api = apiOf(world, ready);
  const began = world.now();
  try {
    while (between(began, world.now()) < untilRegistered) {
      const start =
        execution === null ? null : await api.get(`/api/starts/${encodeURIComponent(execution)}`, startStateSchema);
      const found = await api.get(`/api/operations/${encodeURIComponent(id)}`, operationSchema).catch(nullIfNotFound);
      if (found !== null) return null;
      if (start?.state === 'ended') return start;
      await world.pause(often, new AbortController().signal);
    }
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
  return null;
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof CliError && error.name === 'NotFound') return null;
  throw error;
}
