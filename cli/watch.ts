import { type ApiOperation, operationSchema } from '../contracts/api/operation.ts';
import { startStateSchema } from '../contracts/api/operator-actions.ts';
import { operationReadingsSchema } from '../contracts/api/readings.ts';
import { serviceSchema } from '../contracts/api/service.ts';
import { seconds } from '../contracts/duration.ts';
import type { Instant } from '../contracts/instant.ts';
import type { Outcome } from '../contracts/operation.ts';
import { durationWords } from '../contracts/words.ts';
import { CliError, endedAs, exitCodes, refusedBy } from './exit.ts';
import { describeChanges, operationName } from './output/operation-lines.ts';
import { createProgress } from './output/progress.ts';
import type { Watching } from './output/watch-tree.ts';
import type { Session } from './session.ts';

/** What to watch, and how it should end. */
export interface Watched {
  readonly id: string;
  /** ARN, when it was just started: a start that had nothing to do registers no operation, and only the execution says so. */
  readonly execution: string | null;
  readonly wanted: Outcome;
  /**
   * `told`: its id is printed once it is there, and not before: a start that had nothing to do leaves none. `named`: with what it does,
   * for whoever did not say which one.
   */
  readonly found?: 'told' | 'named';
  /** When to stop watching before its end; without it, at its end. */
  readonly reached?: (operation: ApiOperation) => boolean;
}

const untilItAppears = seconds(60);
/** How long no answer at all is put up with: Sluice may be restarting, and watching has no part in the operation. */
const silence = seconds(60);
const often = seconds(0.5);
/** For states in which people or other operations are waited for. */
const seldom = seconds(2);
const patient: readonly string[] = ['awaiting-approval', 'awaiting-window', 'awaiting-lock'];

/**
 * Tells of an operation until it has ended. Interrupting ends the watching only.
 *
 * @throws {CliError} `interrupted`; `otherwise` when it ends in another way than wanted is left to `judgeEnding`.
 */
export async function watchOperation(session: Session, watched: Watched): Promise<ApiOperation> {
  const { world, flags } = session;
  const { id } = watched;
  const stopping = new AbortController();
  const stopListening = world.onInterrupt(() => stopping.abort());
  const progress = createProgress(world, flags.output);
  // Only a terminal has room for more than what is new.
  const tree = world.terminal !== null && flags.output === 'text' ? lookAround(session) : null;
  const began = world.now();
  let lastAnswer: Instant = began;
  let seen: ApiOperation | null = null;
  try {
    while (!stopping.signal.aborted) {
      try {
        const now: ApiOperation = await session.api.get(`/api/operations/${encodeURIComponent(id)}`, operationSchema);
        lastAnswer = world.now();
        if (seen === null && flags.output === 'text') world.out(foundWords(now, watched.found));
        const around = tree === null ? nothingAround : await tree.look(now);
        progress.report(describeChanges(seen, now, world.now()), { operation: now, ...around });
        seen = now;
        if (now.outcome !== null || watched.reached?.(now)) return now;
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        if (error.name === 'NotFound' && seen === null) {
          await explainAbsence(session, watched, error, world.now() - began > untilItAppears ? 'overdue' : 'expected');
        } else if (error.exitCode === exitCodes.unreachable && world.now() - lastAnswer < silence) {
          progress.trouble(`${error.message} Trying again.`);
        } else {
          const waited = error.exitCode === exitCodes.unreachable ? ` Gave up after ${durationWords(silence)}.` : '';
          throw new CliError(error.name, error.exitCode, `${error.message}${waited}`, goesOn(id));
        }
      }
      await world.pause(seen !== null && patient.includes(seen.state) ? seldom : often, stopping.signal);
    }
  } finally {
    stopListening();
    progress.end();
  }
  throw new CliError('Interrupted', exitCodes.interrupted, 'You stopped watching.', goesOn(id));
}

type Around = Pick<Watching, 'service' | 'readings'>;
const nothingAround: Around = { service: null, readings: null };

/** What stands around an operation. Each is asked for at most every two seconds: the service's sides are read in the cluster. */
function lookAround({ api, world }: Session) {
  let seen = nothingAround;
  let at: Instant | null = null;
  return {
    async look({ id, service, weights }: ApiOperation): Promise<Around> {
      if (at !== null && world.now() - at < seldom) return seen;
      at = world.now();
      // What cannot be read now keeps nobody from watching; what was read last stays.
      const [sides, readings] = await Promise.all([
        api.get(`/api/services/${encodeURIComponent(service)}`, serviceSchema).catch(() => seen.service),
        weights === null
          ? null
          : api
              .get(`/api/operations/${encodeURIComponent(id)}/readings`, operationReadingsSchema)
              .catch(() => seen.readings),
      ]);
      seen = { service: sides, readings };
      return seen;
    },
  };
}

function foundWords(operation: ApiOperation, found: Watched['found']): string {
  if (found === undefined) return '';
  const { id } = operation;
  return found === 'told' ? `Operation ${id}\n` : `Operation ${id}: ${operationName(operation)}\n`;
}

const goesOn = (id: string): string => `Operation ${id} continues. To follow it again: sluice operation ${id} --watch`;

/** An operation is registered a moment after its start, or never: then its execution says why. */
async function explainAbsence(
  { api }: Session,
  { id, execution }: Watched,
  notFound: CliError,
  arrival: 'expected' | 'overdue',
): Promise<void> {
  if (execution === null) throw notFound;
  const start = await api.get(`/api/starts/${encodeURIComponent(execution)}`, startStateSchema);
  if (start.state === 'ended' || arrival === 'overdue') {
    const found = await api.get(`/api/operations/${encodeURIComponent(id)}`, operationSchema).catch(() => null);
    if (found !== null) return;
    const rules: Readonly<Record<string, string>> = { ignored: 'Ignored', paused: 'Paused' };
    const rule = rules[start.outcome ?? ''] ?? 'NotRegistered';
    throw refusedBy(rule, start.reason || `The start ended as ${start.outcome ?? 'unknown'} and changed nothing.`);
  }
}

/** @throws {CliError} `otherwise` when an operation ended in another way than wanted, with what failed. */
export function judgeEnding(operation: ApiOperation, wanted: Outcome): void {
  const { id, outcome, reason, checks } = operation;
  if (outcome === wanted) return;
  const failed = checks.filter(({ result }) => result !== 'pass').map((one) => `${one.name}: ${one.reason}`);
  const advice = [...failed, `More: sluice operation ${id}`].join('\n');
  throw endedAs(outcome ?? 'unfinished', `Operation ${id}: ${reason ?? 'no reason is recorded'}`, advice);
}
