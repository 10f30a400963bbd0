import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Outcome } from '../../contracts/operation.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { Freeze } from '../../contracts/records/freeze.ts';
import type { Hold } from '../../contracts/records/hold.ts';
import { timeWords } from '../../contracts/words.ts';
import type { WindowState } from '../windows/window-state.ts';
import { closedWords, openingWords } from '../windows/window-words.ts';

export interface Gates {
  readonly service: Pick<ServiceConfiguration, 'name' | 'windows' | 'outsideWindows'>;
  readonly version: string;
  readonly frozen: Freeze | null;
  /** The hold on exactly this release. */
  readonly hold: Hold | null;
  /** What the windows say to this operation. */
  readonly window: WindowState;
}

/** What to do about a freeze that is in the way. */
export const wayOutOfFreeze = (service: string): string =>
  `End the freeze once its cause is gone: sluice unfreeze --service ${service} --reason "…"`;

/** Why a release is not deployed now, whatever is proven of it: a freeze, a hold (I6), or windows that refuse. Null when it may be judged. */
export function shutGate({ service, version, frozen, hold, window }: Gates): {
  readonly ending: Extract<Outcome, 'frozen' | 'failed-validation' | 'window-closed'>;
  readonly reason: Reason;
} | null {
  if (frozen !== null) {
    const why = `The service has been frozen since ${timeWords(frozen.at)}: ${frozen.reason}`;
    return { ending: 'frozen', reason: because('ServiceFrozen', why, wayOutOfFreeze(service.name)) };
  }
  if (hold !== null) {
    const why = `${version} has been on hold since ${timeWords(hold.at)}: ${hold.reason}`;
    const end = `Release the hold first: sluice release-hold --version ${version} --service ${service.name} --reason "…"`;
    return { ending: 'failed-validation', reason: because('ReleaseOnHold', why, end) };
  }
  if (window.kind === 'open' || service.outsideWindows !== 'refuse') return null;
  const again = `sluice deploy --version ${version} --service ${service.name}`;
  const why = `${closedWords(service.windows, window)} ${openingWords(window)}`;
  return { ending: 'window-closed', reason: because('WindowClosed', why, `Deploy it again then: ${again}`) };
}
