import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  covers,
  mergePatch,
  replacing,
  withValuesFrom,
} from '../../../../sandbox/kubernetes/controllers/application/compare.ts';
import { applyMergePatch } from './merge-patch.ts';

const fields = fc.object({
  key: fc.stringMatching(/^[a-f]{1,2}$/),
  maxDepth: 3,
  values: [fc.string(), fc.integer(), fc.boolean()],
});

describe('comparison of what should be with what is', () => {
  it('counts only fields that are wanted: defaults and other writers’ fields are no difference', () => {
    const live = {
      replicas: 3,
      template: { image: 'a', pullPolicy: 'Always' },
      ports: [{ port: 80, protocol: 'TCP' }],
    };

    expect(covers(live, { template: { image: 'a' }, ports: [{ port: 80 }] })).toBe(true);
    expect(covers(live, { template: { image: 'b' } })).toBe(false);
    expect(covers(live, { ports: [{ port: 80 }, { port: 81 }] })).toBe(false);
  });

  it('knows that 500m is 0.5 and an empty list nothing', () => {
    expect(covers({ cpu: '0.5', memory: '1024Mi' }, { cpu: '500m', memory: '1Gi', args: [] })).toBe(true);
    expect(covers({ cpu: '0.5' }, { cpu: '600m' })).toBe(false);
  });

  it('a patch of what differs makes live cover what is wanted', () => {
    fc.assert(
      fc.property(fields, fields, (live, wanted) => {
        const patch = mergePatch(live, wanted, undefined);

        const patched = patch === undefined ? live : applyMergePatch(live, patch);

        expect(covers(patched, wanted)).toBe(true);
      }),
    );
  });

  it('removes what was applied before and is not wanted any more, and nothing that others added', () => {
    const live = { data: { a: '1', b: '2', others: '3' } };

    const patch = mergePatch(live, { data: { a: '1' } }, { data: { a: '1', b: '2' } });

    expect(patch).toEqual({ data: { b: null } });
  });

  it('puts the live value where a field is ignored, also when there is none', () => {
    const wanted = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, spec: { min: 1, max: 9 } };

    const kept = withValuesFrom(wanted, ['/spec/min'], { spec: { min: 5 } });
    const dropped = withValuesFrom(wanted, ['/spec/min'], { spec: {} });

    expect([kept.spec, dropped.spec, wanted.spec]).toEqual([{ min: 5, max: 9 }, { max: 9 }, { min: 1, max: 9 }]);
  });

  it('replaces a whole object by a merge patch: what is missing becomes null', () => {
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        expect(applyMergePatch(before, replacing(before, after))).toEqual(after);
      }),
    );
  });
});
