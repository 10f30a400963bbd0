import type { ApiOperation } from '../../contracts/api/operation.ts';
import type { ApiReadings } from '../../contracts/api/readings.ts';
import type { ApiService } from '../../contracts/api/service.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { phasesOf } from '../../contracts/phases.ts';
import { amount, readingWords } from '../../contracts/words.ts';
import { operationName } from './operation-lines.ts';
import { table } from './table.ts';
import { elapsed } from './time.ts';
import { nextLines, waitingLines } from './waiting-lines.ts';

/** What is known of an operation that is watched. */
export interface Watching {
  readonly operation: ApiOperation;
  /** Null while it could not be read. */
  readonly service: ApiService | null;
  /** Null while nothing is measured, or could not be read. */
  readonly readings: ApiReadings | null;
}

const marks = { passed: '✓', now: '▸', ahead: '·' } as const;

/**
 * An operation as a tree, as it is now: its parts, under the one that is under way what it waits for, until when and what comes next, and both
 * sides with what they measure. Nothing is left of it once it has ended: the lines before it tell that.
 */
export function watchTree({ operation, service, readings }: Watching, now: Instant): string[] {
  const { id, outcome, startedAt } = operation;
  if (outcome !== null) return [];
  const phases = phasesOf(operation);
  return [
    `${operationName(operation)}  ${id}  ${elapsed(parseInstant(startedAt), now)}`,
    ...phases.flatMap(({ name, place }, index) => {
      const isLast = index === phases.length - 1;
      const below = place === 'now' ? nowLines(operation, now) : [];
      return [
        `${isLast ? '└' : '├'}─ ${marks[place]} ${name}`,
        ...below.map((line) => `${isLast ? ' ' : '│'}    ${line}`),
      ];
    }),
    ...table(environmentNames.map((side) => sideCells(side, operation, service, readings))).map((line) => `  ${line}`),
  ];
}

function nowLines({ weights, target, waiting, next, abort, checks }: ApiOperation, now: Instant): string[] {
  return [
    ...(weights === null || target === null ? [] : [`${bar(weights[target])} ${weights[target]} % on ${target}`]),
    ...(abort === null ? [] : [`being aborted by ${abort.actor}: ${abort.reason}`]),
    ...(waiting === null ? [] : waitingLines(waiting, now)),
    ...nextLines(next, now),
    ...checks.filter(({ result }) => result !== 'pass').map(({ name, reason }) => `${name}: ${reason}`),
  ];
}

/** Version, share, pods and readings of one side. The readings are the newest that are kept. */
function sideCells(
  side: EnvironmentName,
  { weights }: ApiOperation,
  service: ApiService | null,
  readings: ApiReadings | null,
): string[] {
  const known = service?.environments[side];
  const point = readings?.points.at(-1)?.[side];
  const weight = known?.weight ?? weights?.[side] ?? null;
  const ready = known?.ready ?? point?.ready ?? null;
  return [
    side,
    known?.version ?? (known === undefined || known.health === 'unknown' ? '?' : '-'),
    `${weight ?? '?'} %`.padStart(5),
    known?.health ?? '',
    `${ready ?? '?'} ready`,
    ...(point === undefined
      ? []
      : [
          point.samples === null ? '' : `${amount(point.samples, undefined)} samples`,
          ...(readings?.objectives ?? []).map(({ name, min, max, unit, dryRun }) => {
            const value = point.values[name];
            const told = { name, min: min ?? undefined, max: max ?? undefined, unit: unit ?? undefined };
            return value === undefined ? '' : `${readingWords(told, value)}${dryRun ? ' (dry run)' : ''}`;
          }),
        ]),
  ];
}

const bar = (percent: number): string => `[${'#'.repeat(Math.round(percent / 5)).padEnd(20, '-')}]`;
