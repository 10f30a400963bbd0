import type { OperationWaiting } from '../../contracts/api/operation.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { timeWords } from '../../contracts/words.ts';

/** How things stand, in a sentence, and what the on-call may type: complete commands, each with what it does. */
export interface OnCallSteps {
  readonly standing: string;
  readonly steps: readonly { readonly what: string; readonly command: string }[];
}

const goBack = (service: string): string =>
  `sluice rollback --service ${service} --version last-known-good --reason "…" --emergency`;
const breakGlass = (service: string): string => `sluice break-glass --service ${service}`;

/** What a page advises on a service that is frozen. `mayGoBack`: no rollback at once would be refused for a hold. */
export function frozenSteps(service: string, operation: string | null, mayGoBack: boolean): OnCallSteps {
  return {
    standing: 'Nothing changes on this service until a person ends the freeze. Look at the traffic first.',
    steps: [
      { what: 'Where the traffic is', command: `sluice status --service ${service}` },
      ...(operation === null ? [] : [{ what: 'What happened', command: `sluice operation ${operation}` }]),
      ...(mayGoBack
        ? [
            {
              what: 'Only if the side with the traffic is the bad one, send everything to the other',
              command: goBack(service),
            },
            { what: 'If Sluice itself does not answer, print the patch for kubectl', command: breakGlass(service) },
          ]
        : [
            {
              what: 'Only if the side with the traffic is the bad one, print the patch for kubectl, since the other side’s release may be on hold, which refuses a rollback',
              command: breakGlass(service),
            },
          ]),
      {
        what: 'Once a side is well and has the traffic, end the freeze',
        command: `sluice unfreeze --service ${service} --reason "…"`,
      },
    ],
  };
}

/** What a page advises where Sluice did not decide by itself. `waiting` is what the operation at work waits for. */
export function decisionSteps(
  service: string,
  operation: OperationRecord | null,
  waiting: OperationWaiting | null,
  mayGoBack: boolean,
): OnCallSteps {
  const look = { what: 'Look at both sides', command: `sluice status --service ${service}` };
  if (operation === null || operation.outcome !== null) {
    const move = mayGoBack
      ? { what: 'Send everything to the other side', command: goBack(service) }
      : {
          what: 'The other side’s release may be on hold, which refuses a rollback; print the patch for kubectl',
          command: breakGlass(service),
        };
    return {
      standing: 'No operation is at work: the traffic stays as it is until a person moves it.',
      steps: [look, move],
    };
  }
  const { id, kind, release, actor, state } = operation;
  const name = `The ${kind}${release === null ? '' : ` of ${release.version}`} (by ${actor})`;
  if (waiting === null) {
    return {
      standing: `${name} is not paused: it is ${state} and goes on.`,
      steps: [look, { what: 'Watch it', command: `sluice operation ${id} --watch` }, ...abortOf(operation)],
    };
  }
  const until = waiting.until === null ? '' : ` ${waiting.until.text} at ${timeWords(waiting.until.at)}.`;
  return { standing: `${name} stands still. ${waiting.text}${until}`, steps: [look, ...waiting.next] };
}

/** A rollback at work cannot be aborted: nothing returns a return (I7). */
const abortOf = ({ id, kind }: OperationRecord): OnCallSteps['steps'] =>
  kind === 'rollback'
    ? []
    : [{ what: 'End it, and take its traffic back', command: `sluice abort ${id} --reason "…"` }];
