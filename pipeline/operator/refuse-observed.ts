import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { OnlyObserved } from '../../contracts/errors.ts';

/** Refuses what would change something where another pipeline carries releases in. @throws {OnlyObserved} with what to do. */
export function refuseObserved({ name, mode }: Pick<ServiceConfiguration, 'name' | 'mode'>): void {
  if (mode === 'observe') throw new OnlyObserved(`${onlyObserved(name)} ${wayOut}`);
}

export const onlyObserved = (service: string): string =>
  `${service} is only observed (mode: observe in sluice.yaml): another pipeline deploys its releases, and Sluice changes nothing there.`;

const wayOut = 'Do it with that pipeline, or install sluice.yaml with mode: deploy first.';
