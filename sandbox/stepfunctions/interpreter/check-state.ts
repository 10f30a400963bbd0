import type { Checker, Language, Place } from './checker.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { parseTaskResource } from './task-resource.ts';
import { parseTimestamp } from './timestamp.ts';

/** What a state's check needs from the machine around it. */
export interface Surroundings {
  nested(states: JsonObject, path: string): void;
  target(target: Json | undefined, path: string): void;
  /** The variables that an Assign names. */
  assigns(assign: Json | undefined, path: string, place?: Place): void;
}

const common = ['Type', 'Comment', 'QueryLanguage', 'Output', 'Assign'];
const moving = [...common, 'Next', 'End'];
const guarded = [...moving, 'Retry', 'Catch'];
const fields: Record<string, readonly string[]> = {
  Pass: moving,
  Succeed: ['Type', 'Comment', 'QueryLanguage', 'Output'],
  Fail: ['Type', 'Comment', 'QueryLanguage', 'Error', 'Cause'],
  Wait: [...moving, 'Seconds', 'Timestamp'],
  Choice: [...common, 'Choices', 'Default'],
  Task: [...guarded, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds', 'Credentials'],
  Parallel: [...guarded, 'Branches', 'Arguments'],
  Map: [
    ...guarded, 'ItemProcessor', 'Items', 'ItemSelector', 'MaxConcurrency', 'ToleratedFailureCount',
    'ToleratedFailurePercentage', 'Label',
  ], // biome-ignore format: a list to look things up in
};

/** In a state that was left in JSONPath these would not mean what they say on AWS. */
const jsonataOnly = ['Output', 'Arguments', 'Items', 'Condition'];

export function checkState(
  checker: Checker,
  state: JsonObject,
  path: string,
  outer: Language,
  surroundings: Surroundings,
): void {
  const type = state.Type;
  const allowed = typeof type === 'string' && Object.hasOwn(fields, type) ? fields[type] : undefined;
  if (!allowed) {
    checker.add(`${path}/Type`, `Type must be one of ${Object.keys(fields).join(', ')}.`);
    return;
  }
  const language = checker.language(state, path, outer);
  checker.onlyFields(state, path, allowed);
  if (language === 'JSONPath') {
    for (const field of jsonataOnly) {
      if (field in state)
        checker.add(
          `${path}/${field}`,
          `The QueryLanguage is set to 'JSONPath', but field '${field}' is only supported for the 'JSONata' QueryLanguage`,
        );
    }
  }
  const place = allowed.includes('Retry') ? 'result' : 'elsewhere';
  checker.template(state.Output, `${path}/Output`, place);
  surroundings.assigns(state.Assign, `${path}/Assign`, place);
  if (allowed.includes('Next')) checkTransition(checker, state, path, surroundings);
  if (allowed.includes('Retry')) checkGuards(checker, state, path, surroundings);
  switch (type) {
    case 'Fail':
      for (const field of ['Error', 'Cause']) {
        if (state[field] !== undefined && checker.string(state, path, field) !== undefined) {
          checker.template(state[field], `${path}/${field}`);
        }
      }
      return;
    case 'Wait':
      checkWait(checker, state, path);
      return;
    case 'Choice':
      checkChoice(checker, state, path, language, surroundings);
      return;
    case 'Task':
      checkTask(checker, state, path);
      return;
    case 'Parallel':
      checkParallel(checker, state, path, surroundings);
      return;
    case 'Map':
      checkMap(checker, state, path, surroundings);
      return;
  }
}

function checkTransition(checker: Checker, state: JsonObject, path: string, surroundings: Surroundings): void {
  const { Next: next, End: end } = state;
  if (end !== undefined && typeof end !== 'boolean') checker.add(`${path}/End`, 'End must be true.');
  if (next !== undefined && end === true) checker.add(path, 'Next and End exclude each other.');
  else if (next !== undefined) surroundings.target(next, `${path}/Next`);
  else if (end !== true) checker.add(path, 'A state must have Next, or End set to true.');
}

function checkGuards(checker: Checker, state: JsonObject, path: string, surroundings: Surroundings): void {
  for (const [retrier, at] of entries(checker, state.Retry, `${path}/Retry`)) {
    checker.onlyFields(retrier, at, [
      'Comment', 'ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy',
    ]); // biome-ignore format: a list to look things up in
    checkErrors(checker, retrier, at, at.endsWith(`[${lastIndex(state.Retry)}]`));
    checker.optionalInteger(retrier, at, 'IntervalSeconds', 1);
    checker.optionalInteger(retrier, at, 'MaxAttempts', 0);
    checker.optionalInteger(retrier, at, 'MaxDelaySeconds', 1, 31_622_400);
    const { BackoffRate: rate, JitterStrategy: jitter } = retrier;
    if (rate !== undefined && !(typeof rate === 'number' && rate >= 1)) {
      checker.add(`${at}/BackoffRate`, 'BackoffRate must be a number that is at least 1.');
    }
    if (jitter !== undefined && jitter !== 'FULL' && jitter !== 'NONE') {
      checker.add(`${at}/JitterStrategy`, 'JitterStrategy must be "FULL" or "NONE".');
    }
  }
  for (const [catcher, at] of entries(checker, state.Catch, `${path}/Catch`)) {
    checker.onlyFields(catcher, at, ['Comment', 'ErrorEquals', 'Next', 'Output', 'Assign']);
    checkErrors(checker, catcher, at, at.endsWith(`[${lastIndex(state.Catch)}]`));
    checker.template(catcher.Output, `${at}/Output`, 'catcher');
    surroundings.assigns(catcher.Assign, `${at}/Assign`, 'catcher');
    surroundings.target(catcher.Next, `${at}/Next`);
  }
}

const lastIndex = (list: Json | undefined): number => (Array.isArray(list) ? list.length - 1 : -1);

function checkErrors(checker: Checker, guard: JsonObject, path: string, isLast: boolean): void {
  const { ErrorEquals: names } = guard;
  const at = `${path}/ErrorEquals`;
  if (!Array.isArray(names) || names.length === 0 || names.some((name) => typeof name !== 'string')) {
    checker.add(at, 'ErrorEquals must be a list of at least one error name.');
    return;
  }
  if (!names.includes('States.ALL')) return;
  if (names.length > 1) checker.add(at, 'States.ALL must be the only name in its list.');
  if (!isLast) checker.add(at, 'States.ALL must come last.');
}

function checkWait(checker: Checker, state: JsonObject, path: string): void {
  if ((state.Seconds === undefined) === (state.Timestamp === undefined)) {
    checker.add(path, 'A Wait state must have either Seconds or Timestamp.');
  }
  checker.optionalNumberOrExpression(state, path, 'Seconds', 0);
  if (state.Timestamp !== undefined && checker.string(state, path, 'Timestamp') !== undefined) {
    checker.template(state.Timestamp, `${path}/Timestamp`);
    if (
      typeof state.Timestamp === 'string' &&
      !state.Timestamp.startsWith('{%') &&
      parseTimestamp(state.Timestamp) === undefined
    ) {
      checker.add(`${path}/Timestamp`, 'Timestamp must be an ISO 8601 date and time with Z or an offset.');
    }
  }
}

function checkChoice(
  checker: Checker,
  state: JsonObject,
  path: string,
  language: Language,
  surroundings: Surroundings,
): void {
  const rules = entries(checker, state.Choices, `${path}/Choices`);
  if (rules.length === 0) checker.add(`${path}/Choices`, 'A Choice state must have at least one rule.');
  for (const [rule, at] of rules) {
    checker.onlyFields(rule, at, ['Comment', 'Condition', 'Next', 'Output', 'Assign']);
    const { Condition: condition } = rule;
    if (language === 'JSONPath')
      checker.add(
        `${at}/Condition`,
        "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage",
      );
    else if (typeof condition === 'string') checker.expression(condition, `${at}/Condition`);
    else if (typeof condition !== 'boolean') checker.add(`${at}/Condition`, 'Condition must be a JSONata expression.');
    checker.template(rule.Output, `${at}/Output`);
    surroundings.assigns(rule.Assign, `${at}/Assign`);
    surroundings.target(rule.Next, `${at}/Next`);
  }
  if (state.Default !== undefined) surroundings.target(state.Default, `${path}/Default`);
}

function checkTask(checker: Checker, state: JsonObject, path: string): void {
  const resource = checker.string(state, path, 'Resource');
  if (resource !== undefined && !parseTaskResource(resource)) {
    checker.add(`${path}/Resource`, `The resource ${resource} is not supported.`);
  }
  checker.template(state.Arguments, `${path}/Arguments`);
  checkCredentials(checker, state, path);
  checker.optionalNumberOrExpression(state, path, 'TimeoutSeconds', 1);
  checker.optionalNumberOrExpression(state, path, 'HeartbeatSeconds', 1);
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
    checker.add(`${path}/HeartbeatSeconds`, 'HeartbeatSeconds must be smaller than TimeoutSeconds.');
  }
}

function checkCredentials(checker: Checker, state: JsonObject, path: string): void {
  const { Credentials: credentials } = state;
  if (credentials === undefined) return;
  if (!isObject(credentials)) {
    checker.add(`${path}/Credentials`, 'Credentials must be an object.');
    return;
  }
  checker.onlyFields(credentials, `${path}/Credentials`, ['RoleArn']);
  if (checker.string(credentials, `${path}/Credentials`, 'RoleArn') !== undefined) {
    checker.template(credentials.RoleArn, `${path}/Credentials/RoleArn`);
  }
}

function checkParallel(checker: Checker, state: JsonObject, path: string, surroundings: Surroundings): void {
  checker.template(state.Arguments, `${path}/Arguments`);
  const branches = entries(checker, state.Branches, `${path}/Branches`);
  if (branches.length === 0) checker.add(`${path}/Branches`, 'A Parallel state must have at least one branch.');
  for (const [branch, at] of branches) {
    checker.onlyFields(branch, at, ['Comment', 'StartAt', 'States']);
    surroundings.nested(branch, at);
  }
}

function checkMap(checker: Checker, state: JsonObject, path: string, surroundings: Surroundings): void {
  checker.template(state.ItemSelector, `${path}/ItemSelector`);
  checker.template(state.Items, `${path}/Items`);
  if (state.Items !== undefined && typeof state.Items !== 'string' && !Array.isArray(state.Items)) {
    checker.add(`${path}/Items`, 'Items must be a list or a JSONata expression.');
  }
  checker.optionalNumberOrExpression(state, path, 'MaxConcurrency', 0);
  checker.optionalNumberOrExpression(state, path, 'ToleratedFailureCount', 0);
  checker.optionalNumberOrExpression(state, path, 'ToleratedFailurePercentage', 0, 100);
  const { ItemProcessor: processor } = state;
  const at = `${path}/ItemProcessor`;
  if (!isObject(processor)) {
    checker.add(at, 'ItemProcessor must be an object.');
    return;
  }
  checker.onlyFields(processor, at, ['Comment', 'StartAt', 'States', 'ProcessorConfig']);
  const { ProcessorConfig: config } = processor;
  if (isObject(config) && config.Mode !== undefined && config.Mode !== 'INLINE') {
    checker.add(`${at}/ProcessorConfig/Mode`, 'Only the mode INLINE is supported.');
  }
  surroundings.nested(processor, at);
}

/** The objects of a list, with their paths. */
function entries(checker: Checker, list: Json | undefined, path: string): [JsonObject, string][] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    checker.add(path, 'A list is expected.');
    return [];
  }
  return list.flatMap((element, index): [JsonObject, string][] => {
    if (isObject(element)) return [[element, `${path}[${index}]`]];
    checker.add(`${path}[${index}]`, 'An object is expected.');
    return [];
  });
}
