import * as z from 'zod';
import type { ApiStartState } from '../../contracts/api/operator-actions.ts';
import { NotFound } from '../../contracts/errors.ts';
import { executionArn } from '../operation/start-operation.ts';
import type { ViewDeps } from '../ports.ts';

const outputSchema = z.object({ outcome: z.string(), reason: z.string().optional() });

const inputSchema = z.object({ service: z.string() });

/**
 * What became of a start: a rollback that had nothing to do, or must not do it (I7), registers no operation.
 *
 * @param services those that the caller may see; null: all.
 * @throws {NotFound} for an execution of any other machine than Sluice's own, and of any other service.
 */
export async function readStart(
  deps: ViewDeps,
  execution: string,
  services: readonly string[] | null = null,
): Promise<ApiStartState> {
  const own = [deps.deploymentMachine, deps.rollbackMachine, deps.trafficMachine].some((arn) =>
    execution.startsWith(executionArn(arn, '')),
  );
  const unknown = new NotFound(`There is no start ${execution.slice(0, 300)}.`);
  if (!own) throw unknown;
  const found = await deps.workflow.describe(execution);
  if (services !== null && found !== null && !services.includes(serviceOf(found.input))) throw unknown;
  if (found === null) return { execution, state: 'unknown', outcome: null, reason: null };
  const running = found.status === 'RUNNING' || found.status === 'PENDING_REDRIVE';
  if (running) return { execution, state: 'running', outcome: null, reason: null };
  const output = readOutput(found.output);
  return {
    execution,
    state: 'ended',
    outcome: output?.outcome ?? found.status.toLowerCase().replaceAll('_', '-'),
    reason: output?.reason ?? found.error,
  };
}

function serviceOf(input: string | null): string {
  try {
    return inputSchema.safeParse(JSON.parse(input ?? '')).data?.service ?? '';
  } catch {
    return '';
  }
}

function readOutput(text: string | null): z.output<typeof outputSchema> | null {
  try {
    return outputSchema.safeParse(JSON.parse(text ?? '')).data ?? null;
  } catch {
    return null;
  }
}
