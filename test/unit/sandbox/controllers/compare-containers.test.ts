import { describe, expect, it } from 'vitest';
import { mergePatch } from '../../../../sandbox/kubernetes/controllers/application/compare.ts';

const app = { name: 'app', image: 'app:1', ports: [{ containerPort: 80 }] };
const other = { name: 'other', image: 'other:1' };
const foreign = { name: 'foreign', image: 'foreign:1' };
const list = (...containers: object[]) => ({ spec: { containers } });

/** As kubectl merges `containers` of a pod by name (`patchMergeKey`), which Argo CD does, too (argo-cd #12983). */
describe('a sync of containers', () => {
  it('sees no difference in one that somebody else has added, wherever it stands', () => {
    expect(mergePatch(list(foreign, app), list(app), list(app))).toBeUndefined();
  });

  it('leaves that one where it is while it changes another', () => {
    const newer = { ...app, image: 'app:2' };

    expect(mergePatch(list(app, foreign), list(newer), list(app))).toEqual(list(newer, foreign));
  });

  it('takes away what it has applied before and does not want any more', () => {
    expect(mergePatch(list(app, other), list(app), list(app, other))).toEqual(list(app));
  });

  it('brings what is missing', () => {
    expect(mergePatch(list(app), list(app, other), list(app))).toEqual(list(app, other));
  });
});
