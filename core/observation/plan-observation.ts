import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { milliseconds } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { DeploymentType } from '../../contracts/trigger.ts';
import { durationWords } from '../../contracts/words.ts';
import { requiredRules } from '../approvals/required-rules.ts';
import { windowState } from '../windows/window-state.ts';
import { closedWords, openingWords } from '../windows/window-words.ts';

export interface ObservedRelease {
  readonly version: string;
  /** What has the traffic before it; null where Sluice does not know. */
  readonly previousVersion: string | null;
  readonly reversible: boolean;
  readonly type: DeploymentType;
}

/** What Sluice would do with a release before it moved any traffic, and how it would move it: a sentence each, for the report of an observation. */
export function planObservation(service: ServiceConfiguration, release: ObservedRelease, now: Instant): string[] {
  const { approvals, traffic, bake, versions } = service;
  const rules = requiredRules(approvals.rules, { ...release, versions, everybodyKnown: true });
  const wanted = rules.map(({ role, count }) => `${count} of ${role}`).join(', ');
  const least = durationWords(milliseconds(traffic.steps.length * traffic.interval + bake));
  const steps = traffic.steps.map((step) => `${step} %`).join(', ');
  return [
    rules.length === 0
      ? 'It would have asked nobody for approval.'
      : `It would have asked for approval, and waited for up to ${durationWords(approvals.expire)}: ${wanted}.`,
    windowSentence(service, release.type, now),
    `It would have moved the traffic in steps of ${steps}, judged each for ${durationWords(traffic.interval)}, and all of it for ${durationWords(bake)}: ${least} from the first traffic on, at the earliest.`,
    ...traffic.pauseAfter.map((step) => `It would have asked a person after the step of ${step} %.`),
  ];
}

function windowSentence(service: ServiceConfiguration, type: DeploymentType, now: Instant): string {
  const state = windowState(service.windows, now);
  if (state.kind === 'open') return 'Its deployment window was open.';
  const closed = `Its deployment window was not open. ${closedWords(service.windows, state)} ${openingWords(state)}`;
  if (type === 'hotfix') return `${closed} A hotfix would have passed.`;
  return service.outsideWindows === 'refuse' ? `${closed} It would have refused.` : `${closed} It would have waited.`;
}
