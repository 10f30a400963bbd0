import { describe } from 'vitest';
import type { Judges } from './tools.ts';

/** `describe` where the judges are installed; else it skips what it describes, and says why. */
export function describeJudged(judges: Judges | null, name: string, work: (judges: Judges) => void): void {
  if (judges !== null) describe(name, () => work(judges));
  else {
    describe.skip(`${name} (no judges: npm run test:judges installs them)`, () =>
      work({ program: () => 'false', modules: '' }));
  }
}
