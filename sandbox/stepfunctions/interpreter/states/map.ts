import { childId } from '../children.ts';
import type { MapState } from '../definition.ts';
import type { ThreadId } from '../execution.ts';
import { evaluateTemplate, expressionIn } from '../expressions.ts';
import { EvaluationFailure } from '../failure.ts';
import { type Json, typeName } from '../json.ts';
import { numberField } from '../number-field.ts';
import { type Payload, textOf } from '../payload.ts';
import type { Step } from '../step.ts';
import { enter, leave } from '../transitions.ts';

/** Most iterations of an inline Map at a time (Step Functions quota), and how many when MaxConcurrency does not say. */
const mostAtATime = 40;

/** Starts the first iterations, as many as MaxConcurrency allows. */
export async function runMap(step: Step, id: ThreadId, state: MapState): Promise<void> {
  const visit = step.visitOf(id);
  const items = await itemsOf(step, id, state);
  const field = (name: 'MaxConcurrency' | 'ToleratedFailureCount' | 'ToleratedFailurePercentage') =>
    numberField(state[name], step.scope(id), name);
  const wanted = (await field('MaxConcurrency')) ?? 0;
  const concurrency = wanted === 0 ? mostAtATime : Math.min(wanted, mostAtATime);
  const percentage = await field('ToleratedFailurePercentage');
  const count = await field('ToleratedFailureCount');
  const tolerates = percentage !== undefined || count !== undefined;
  const tolerated = Math.max(count ?? 0, Math.floor((items.length * (percentage ?? 0)) / 100));
  const length = items.length;
  const started = Math.min(concurrency, length);
  const previous = step.recordOn(id, 'MapStateStarted', { mapStateStartedEventDetails: { length } });
  step.setVisit(id, {
    ...visit,
    activity: {
      kind: 'children',
      length,
      started,
      finished: 0,
      failed: 0,
      ...(tolerates ? { tolerated } : {}),
    },
  });
  for (const [index, item] of items.entries()) {
    step.put({ id: childId(step, id, index), parent: id, index, item, variables: {}, previous });
  }
  if (length === 0) return finishMap(step, id, { value: [] });
  for (let index = 0; index < started; index++) await startIteration(step, id, index, previous);
}

async function itemsOf(step: Step, id: ThreadId, state: MapState): Promise<Json[]> {
  const { input } = step.visitOf(id);
  if (state.Items === undefined) {
    if (Array.isArray(input.value)) return input.value;
    throw new EvaluationFailure(`Map state input must be an array but was: ${textOf(input)}`);
  }
  const items = await evaluateTemplate(state.Items, step.scope(id), 'Items');
  if (Array.isArray(items)) return items;
  const text = typeof state.Items === 'string' ? expressionIn(state.Items) : undefined;
  const was = `Expected 'array', but was '${typeName(items)}' for value: ${JSON.stringify(items)}`;
  throw new EvaluationFailure(
    `The JSONata expression '${text ?? ''}' specified for the field 'Items' returned an unexpected result type. ${was}`,
    'Items',
  );
}

/** Starts one iteration; its first event follows `previous`. */
export async function startIteration(step: Step, id: ThreadId, index: number, previous: number): Promise<void> {
  const state = step.definitionOf(id);
  if (state.Type !== 'Map') throw new Error(`thread ${id} is in no Map state`);
  const child = childId(step, id, index);
  const value = step.thread(child).item ?? null;
  // an ItemSelector that fails does so before the iteration has begun
  const input =
    state.ItemSelector === undefined
      ? value
      : await evaluateTemplate(state.ItemSelector, step.scope(id, { item: { index, value } }), 'ItemSelector');
  const started = step.record('MapIterationStarted', previous, {
    mapIterationStartedEventDetails: { name: step.visitOf(id).state, index },
  });
  step.put({ ...step.thread(child), previous: started });
  enter(step, child, state.ItemProcessor.StartAt, { value: input });
}

/** All iterations have ended: their outputs, in order, are the result. */
export async function finishMap(step: Step, id: ThreadId, result: Payload): Promise<void> {
  const state = step.definitionOf(id);
  if (state.Type !== 'Map') throw new Error(`thread ${id} is in no Map state`);
  step.record('MapStateSucceeded', step.thread(id).previous);
  const moment = { result: result.value };
  const output = await step.output(id, state.Output, result, moment);
  const assigned = await step.assigned(id, state.Assign, moment);
  await leave(step, id, { output, assigned, next: state.Next });
}
