import { kubectlRoute } from '../../adapters/traffic/route-path.ts';
import type { OperationWaiting } from '../../contracts/api/operation.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { environmentNames } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { clause, timeWords, whileFrozen } from '../../contracts/words.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import type { Fact } from '../approval/deployment-summary.ts';

/** How things stand, in a sentence, and what the on-call may type: complete commands, each with what it does. */
export interface OnCallSteps {
  readonly standing: string;
  readonly steps: readonly { readonly what: string; readonly command: string }[];
}

const goBack = (service: string): string =>
  `sluice rollback --service ${service} --version last-known-good --reason "…" --emergency`;
const breakGlass = (service: string): string => `sluice break-glass --service ${service}`;

/**
 * What a person can move traffic with: a rollback at once; the patch alone, since the other side's release may be on hold, which refuses a
 * rollback; or, where both sides have traffic, the patch toward the side that is well, since a rollback would choose by what was live before.
 */
export type WayOut = 'rollback' | 'held' | 'split';

/** Toward either side: only a person can tell which one is well. */
const towardEither = (service: string): OnCallSteps['steps'] =>
  environmentNames.map((side) => ({
    what: `If ${side} is the healthy side, print the kubectl patch that sends all traffic there`,
    command: `${breakGlass(service)} --to ${side}`,
  }));

/** What a page advises about a record that is not proven. @param chain an operation, or the chain of the service itself */
export function forgedSteps(service: string, chain: string): OnCallSteps {
  const isOperation = !chain.startsWith('service:');
  return {
    standing: 'Sluice moved no traffic because of it, and no approval in it counts.',
    steps: [
      {
        what: 'See which entries are proven',
        command: isOperation ? `sluice audit verify ${chain}` : `sluice audit verify --service ${service}`,
      },
      ...(isOperation ? [{ what: 'See what happened', command: `sluice operation ${chain}` }] : []),
      {
        what: 'Stop all changes until you know who wrote into the table (CloudTrail has its data events, if they are enabled)',
        command: `sluice freeze --service ${service} --reason "…"`,
      },
    ],
  };
}

/** What a page advises on a service that is frozen. */
export function frozenSteps(service: string, operation: string | null, wayOut: WayOut): OnCallSteps {
  return {
    standing: `${whileFrozen} Look at the traffic first.`,
    steps: [
      { what: 'See where the traffic is', command: `sluice status --service ${service}` },
      ...(operation === null ? [] : [{ what: 'See what happened', command: `sluice operation ${operation}` }]),
      ...(wayOut === 'split'
        ? towardEither(service)
        : wayOut === 'rollback'
          ? [
              {
                what: 'Only if the side with the traffic is bad, send all traffic to the other side',
                command: goBack(service),
              },
              { what: 'If Sluice itself does not answer, print the kubectl patch', command: breakGlass(service) },
            ]
          : [
              {
                what: 'Only if the side with the traffic is bad, print the kubectl patch. A rollback may be refused, because the other side’s release may be on hold',
                command: breakGlass(service),
              },
            ]),
      {
        what: 'When a healthy side has the traffic, end the freeze',
        command: `sluice unfreeze --service ${service} --reason "…"`,
      },
    ],
  };
}

/** What a page advises while the database does not answer: commands that ask nothing but the cluster. */
export function withoutRecordsSteps({
  name,
  traffic: { router, route },
}: Pick<ServiceConfiguration, 'name' | 'traffic'>): OnCallSteps {
  return {
    standing:
      'The database does not answer. Until it does, no weight rises, nothing is recorded, and Sluice accepts no commands. An alert about the side that got traffic last still returns its traffic.',
    steps: [
      {
        what: 'See where the traffic is',
        command: `kubectl get ${kubectlRoute(router, route)} -o yaml`,
      },
      ...towardEither(name),
    ],
  };
}

/** What a page says of traffic that went back by itself. `facts`: what serves now, and what holds and freezes. */
export function returnedSteps(service: string, operation: string, facts: readonly Fact[]): OnCallSteps {
  const isCommand = ({ value }: Fact) => value.startsWith('sluice ');
  return {
    standing: facts
      .filter((fact) => !isCommand(fact))
      .map(({ name, value }) => `${name}: ${clause(value)}.`)
      .join(' '),
    steps: [
      { what: 'See what happened', command: `sluice operation ${operation}` },
      { what: 'See where the traffic is', command: `sluice status --service ${service}` },
      ...facts.filter(isCommand).map(({ name, value }) => ({ what: name, command: value })),
    ],
  };
}

/** What a page advises where Sluice did not decide by itself. `waiting` is what the operation at work waits for. */
export function decisionSteps(
  service: string,
  operation: OperationRecord | null,
  waiting: OperationWaiting | null,
  wayOut: WayOut,
): OnCallSteps {
  const look = { what: 'Look at both sides', command: `sluice status --service ${service}` };
  if (operation === null || operation.outcome !== null) {
    const moves = {
      rollback: [{ what: 'Send all traffic to the other side', command: goBack(service) }],
      held: [
        {
          what: 'Print the kubectl patch. A rollback may be refused, because the other side’s release may be on hold',
          command: breakGlass(service),
        },
      ],
      split: towardEither(service),
    }[wayOut];
    return {
      standing: 'No operation is in progress: the traffic stays where it is until a person moves it.',
      steps: [look, ...moves],
    };
  }
  const { id, kind, release, actor, state } = operation;
  const name = `The ${kind}${release === null ? '' : ` of ${release.version}`} (by ${actor})`;
  if (waiting === null) {
    const { abort } = operation;
    return {
      standing:
        abort === null
          ? // The route is written first, and the database may be slow (rule 6).
            `${name} is not paused according to its record (${state}). A pause on the route, or a return that has just begun, may not be recorded yet.`
          : `${name} is not paused: it is being aborted by ${abort.actor}: ${clause(abort.reason)}.`,
      steps: [look, { what: 'Follow it', command: `sluice operation ${id} --watch` }, ...abortOf(operation)],
    };
  }
  const until = waiting.until === null ? '' : ` ${waiting.until.text} at ${timeWords(waiting.until.at)}.`;
  return { standing: `${name} waits. ${waiting.text}${until}`, steps: [look, ...waiting.next] };
}

const abortOf = ({ id, kind, trigger, abort }: OperationRecord): OnCallSteps['steps'] => {
  if (abort !== null) return [];
  const isReturn = kind === 'rollback' && !isPlanned(trigger);
  const what = isReturn ? 'End it where it is; the service freezes' : 'End it and return its traffic';
  return [{ what, command: `sluice abort ${id} --reason "…"` }];
};
