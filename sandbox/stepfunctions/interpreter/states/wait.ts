import type { WaitState } from '../definition.ts';
import type { ThreadId } from '../execution.ts';
import { evaluate, expressionIn } from '../expressions.ts';
import { EvaluationFailure } from '../failure.ts';
import { numberField } from '../number-field.ts';
import type { Step } from '../step.ts';
import { parseTimestamp } from '../timestamp.ts';
import { leave } from '../transitions.ts';

export async function runWait(step: Step, id: ThreadId, state: WaitState): Promise<void> {
  const { activity, ...visit } = step.visitOf(id);
  if (activity.kind === 'waiting') {
    const output = await step.output(id, state.Output, visit.input);
    return leave(step, id, { output, assigned: await step.assigned(id, state.Assign), next: state.Next });
  }
  const until = await untilOf(step, id, state);
  step.setVisit(id, { ...visit, activity: { kind: 'waiting', until } });
  if (until <= step.given.now) step.runnable.push(id);
}

async function untilOf(step: Step, id: ThreadId, state: WaitState): Promise<number> {
  const scope = step.scope(id);
  if (state.Timestamp === undefined) {
    return step.given.now + ((await numberField(state.Seconds, scope, 'Seconds')) ?? 0) * 1000;
  }
  const text = expressionIn(state.Timestamp);
  const value = text === undefined ? state.Timestamp : await evaluate(text, scope, 'Timestamp');
  const time = typeof value === 'string' ? parseTimestamp(value) : undefined;
  if (time !== undefined) return time;
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  throw new EvaluationFailure(
    `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${shown}`,
    'Timestamp',
  );
}
