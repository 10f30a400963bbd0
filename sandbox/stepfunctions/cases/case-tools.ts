import { isObject, type Json } from '../interpreter/json.ts';
import type { Actual, AslCase, CaseTools, RecordedAttempt, Stub } from './asl-case.ts';
import { difference } from './difference.ts';

/** The comparer for cases that bring none of their own. */
export const caseTools: CaseTools = { makeStubs, compareOutcome, compareEvents };

function makeStubs(recorded: AslCase, { hang }: { hang(): Promise<never> }): Stub {
  const left = new Map(Object.entries(recorded.tasks ?? {}).map(([state, attempts]) => [state, [...attempts]]));
  const masks = recorded.masks ?? [];
  const same = ({ parameters }: RecordedAttempt, sent: Json) =>
    parameters !== undefined && difference(parameters, sent, masks) === undefined;
  const stub = async (state: string, sent: Json): Promise<Json> => {
    const attempts = left.get(state);
    if (!attempts) return certain(recorded, state, sent);
    const index = Math.max(
      0,
      attempts.findIndex((attempt) => same(attempt, sent)),
    );
    const [attempt] = attempts.splice(index, 1);
    if (!attempt) throw named('Case.NoMoreAttempts', `${state} was called more often than recorded`);
    if (attempt.parameters !== undefined && !same(attempt, sent)) {
      stub.mismatches.push(`${state}: ${difference(attempt.parameters, sent, masks)}`);
    }
    stub.last = attempt;
    if (attempt.hang) return hang();
    if (attempt.error !== undefined || attempt.cause !== undefined) {
      throw named(
        attempt.error ?? '',
        typeof attempt.cause === 'string' ? attempt.cause : JSON.stringify(attempt.cause),
      );
    }
    return structuredClone(attempt.result ?? null);
  };
  stub.mismatches = [] as string[];
  stub.last = {} as RecordedAttempt;
  return stub;
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** What a function answers for which no attempt was recorded. */
function certain({ lambdas = {} }: AslCase, state: string, sent: Json): Json {
  const [only, ...others] = Object.values(lambdas);
  if (!only || others.length > 0) throw named('Case.NoStub', `the case does not say what ${state} answers`);
  if (only.handler === 'const') return structuredClone(only.value);
  return isObject(sent) && 'FunctionName' in sent && 'Payload' in sent ? { Payload: sent.Payload ?? null } : sent;
}

function compareOutcome({ expected, masks = [] }: AslCase, actual: Actual): ReturnType<CaseTools['compareOutcome']> {
  const status = difference(expected.status, actual.status, [], 'status');
  if (status) return { outcome: false, strict: false, why: `${status}; ${actual.error}: ${actual.cause}` };
  const result =
    ('output' in expected ? difference(expected.output, actual.output, masks, 'output') : undefined) ??
    (expected.error === actual.error ? undefined : difference(expected.error ?? null, actual.error, masks, 'error'));
  if (result) return { outcome: false, strict: false, why: result };
  const cause = difference(expected.cause ?? null, actual.cause ?? null, masks, 'cause');
  return { outcome: true, strict: !cause, why: cause ?? null };
}

const typesOf = (events: readonly object[]): string[] =>
  events.map((event) => ('type' in event ? String(event.type) : ''));

function compareEvents(
  { expected: { events }, masks = [], eventsReordered }: AslCase,
  actual: object[],
  level: 'types' | 'full',
): string | null {
  if (!events) return null;
  if (eventsReordered) {
    const bag = (list: readonly object[]) => typesOf(list).sort();
    return difference(bag(events), bag(actual), [], 'types, in any order') ?? null;
  }
  const types = difference(typesOf(events), typesOf(actual), [], 'types');
  return types ?? (level === 'types' ? null : (difference(events, actual, masks) ?? null));
}
