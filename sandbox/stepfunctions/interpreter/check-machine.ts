import { checkState } from './check-state.ts';
import { Checker, type Language, type Problem } from './checker.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** All problems of a definition. */
export function checkMachine(machine: JsonObject): Problem[] {
  const checker = new Checker();
  checker.onlyFields(machine, '', ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version']);
  checker.optionalInteger(machine, '', 'TimeoutSeconds', 1);
  if (machine.Version !== undefined && machine.Version !== '1.0') checker.add('/Version', 'Version must be "1.0".');
  const language = checker.language(machine, '', 'JSONPath');
  checkStates(machine, '', { checker, language, names: new Map(), outer: new Set() });
  return checker.problems;
}

interface Around {
  checker: Checker;
  language: Language;
  /** Where each state name was seen: names are unique in the whole machine. */
  names: Map<string, string>;
  /** Variables of the scopes around this one. */
  outer: ReadonlySet<string>;
}

/** StartAt and States of a machine, a branch or an item processor. */
function checkStates(machine: JsonObject, path: string, around: Around): void {
  const { checker, names, outer } = around;
  const { StartAt: startAt, States: states } = machine;
  if (!isObject(states) || Object.keys(states).length === 0) {
    checker.add(`${path}/States`, 'States must be an object with at least one state.');
    return;
  }
  const before = checker.problems.length;
  const targets = new Set<string>();
  const target = (name: Json | undefined, at: string, field: string) => {
    if (typeof name !== 'string') checker.add(at, `${field} must be the name of a state.`);
    else if (Object.hasOwn(states, name)) targets.add(name);
    else checker.add(at, `Missing '${field}' target: ${name}`, 'MISSING_TRANSITION_TARGET');
  };
  target(startAt, `${path}/StartAt`, 'StartAt');
  const assigned = Object.entries(states).map(([name, state]) => ({ name, ...variablesOf(state) }));
  // Only what the state's own Catch assigns, its branches may assign, too: by then they are over.
  const aroundBranchesOf = (name: string) =>
    new Set([
      ...outer,
      ...assigned.flatMap((one) => (one.name === name ? one.itself : [...one.itself, ...one.byCatch])),
    ]);
  for (const [name, state] of Object.entries(states)) {
    const at = `${path}/States/${name}`;
    if ([...name].length > 80) checker.add(at, 'A state name has at most 80 characters.');
    const other = names.get(name);
    if (other !== undefined) checker.add(at, `State names are unique in a machine, and ${other} has the same one.`);
    names.set(name, at);
    if (!isObject(state)) {
      checker.add(at, 'A state must be an object.');
      continue;
    }
    checkState(checker, state, at, around.language, {
      target: (next, nextPath) => target(next, nextPath, nextPath.endsWith('/Default') ? 'Default' : 'Next'),
      assigns: (assign, assignPath, place = 'elsewhere') => checker.assign(assign, assignPath, outer, place),
      // a state's own QueryLanguage is not that of the states inside it
      nested: (nested, nestedPath) => checkStates(nested, nestedPath, { ...around, outer: aroundBranchesOf(name) }),
    });
  }
  for (const name of Object.keys(states).filter((state) => !targets.has(state))) {
    checker.add(`${path}/States/${name}`, `State "${name}" is not reachable.`, 'MISSING_TRANSITION_TARGET');
  }
  if (checker.problems.length === before && !Object.values(states).some(isTerminal)) {
    checker.add(path, 'Workflow has no terminal state', 'MISSING_END_STATE');
  }
}

const isTerminal = (state: Json): boolean =>
  isObject(state) && (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail');

/** The variables that a state assigns, without those of its branches: itself or by a rule of a Choice, and by its Catch. */
function variablesOf(state: Json): { itself: string[]; byCatch: string[] } {
  const namesIn = (holders: readonly (Json | undefined)[]) =>
    holders.flatMap((holder) => (isObject(holder) && isObject(holder.Assign) ? Object.keys(holder.Assign) : []));
  const listOf = (list: Json | undefined) => (Array.isArray(list) ? list : []);
  if (!isObject(state)) return { itself: [], byCatch: [] };
  return { itself: namesIn([state, ...listOf(state.Choices)]), byCatch: namesIn(listOf(state.Catch)) };
}
