import * as z from 'zod';
import { type ApiOperation, operationListSchema, operationSchema } from '../../contracts/api/operation.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { ReadyFile } from '../connection/ready-file.ts';
import { CliError, exitCodes, usageError } from '../exit.ts';
import { ask } from '../fire/require-ready.ts';
import type { World } from '../world.ts';

const dependencies = z.object({ dependencies: z.array(z.object({ dependency: z.string(), spoilt: z.int() })) });
const totals = z.record(z.string(), z.record(z.string(), z.number()));
const load = z.object({ sent: z.int(), failed: z.int() }).nullable();

/** What is to be wrong with a dependency, as `POST /api/sandbox/dependencies` takes it. */
export interface DrillFault {
  readonly dependency: string;
  readonly fault: string;
  readonly status?: number;
  readonly delayMs?: number;
}

/** What a drill asks of a sandbox. */
export interface SandboxFace {
  spoil(fault: DrillFault): Promise<void>;
  /** Takes every fault back and says how many requests each dependency's spoilt. */
  heal(): Promise<Readonly<Record<string, number>>>;
  /** Requests that an environment has answered so far, by the router's own count. */
  answeredBy(service: string, environment: EnvironmentName): Promise<number>;
  /** The own counts of the steady load of a service; null without it. */
  load(service: string): Promise<{ readonly sent: number; readonly failed: number } | null>;
  /** Null before it is registered, and while nobody can look it up. */
  operation(id: string): Promise<ApiOperation | null>;
  operations(service: string): Promise<readonly { readonly id: string; readonly related: string | null }[]>;
  approve(operation: string, version: string, person: string): Promise<void>;
}

export function createSandboxFace(world: World, ready: ReadyFile): SandboxFace {
  const call = (method: string, path: string, { body, as }: { body?: object; as?: string } = {}) =>
    ask(world, `${ready.console}${path}`, {
      what: 'The sandbox',
      method,
      headers: {
        authorization: `Bearer ${ready.secrets.apiToken}`,
        'content-type': 'application/json',
        ...(as === undefined ? {} : { 'x-sluice-user': as }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const read = async <Schema extends z.ZodType>(path: string, schema: Schema) =>
    schema.parse((await call('GET', path)).document);

  return {
    async spoil(fault) {
      const { status, document } = await call('POST', '/api/sandbox/dependencies', { body: fault });
      if (status === 400) throw usageError(`The sandbox does not know this fault: ${JSON.stringify(document)}`);
    },
    async heal() {
      const before = await read('/api/sandbox/dependencies', dependencies);
      await call('DELETE', '/api/sandbox/dependencies');
      return Object.fromEntries(before.dependencies.map(({ dependency, spoilt }) => [dependency, spoilt]));
    },
    async answeredBy(service, environment) {
      return (await read('/api/sandbox/traffic', totals))[service]?.[environment] ?? 0;
    },
    load: (service) => read(`/api/sandbox/load?service=${encodeURIComponent(service)}`, load),
    async operation(id) {
      const { status, document } = await call('GET', `/api/operations/${encodeURIComponent(id)}`);
      return status === 200 ? operationSchema.parse(document) : null;
    },
    async operations(service) {
      return (await read(`/api/operations?service=${encodeURIComponent(service)}`, operationListSchema)).operations;
    },
    async approve(operation, version, person) {
      const seen = operationSchema.parse(
        (await call('GET', `/api/operations/${encodeURIComponent(operation)}`)).document,
      );
      const subject = seen.approvals?.subject?.hash;
      const body = { decision: 'approve', version, reason: '', subject, via: 'signed-in' };
      const path = `/api/operations/${encodeURIComponent(operation)}/decision`;
      const { status, document } = await call('POST', path, { body, as: person });
      if (status === 200) return;
      throw new CliError('NotApproved', exitCodes.failed, `${person} could not approve: ${JSON.stringify(document)}`);
    },
  };
}
