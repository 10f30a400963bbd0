import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../sandbox/kubernetes/kube-object.ts';
import { fieldFilter, labelFilter } from '../../../../sandbox/kubernetes/selectors.ts';

const object = (labels: Record<string, string>, fields: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one', namespace: 'default', uid: '1', resourceVersion: '1', creationTimestamp: '', labels },
  ...fields,
});

describe('a label selector', () => {
  it.each([
    ['side=blue', true],
    ['side==blue', true],
    ['side!=blue', false],
    ['other!=x', true],
    ['side in (blue, green)', true],
    ['side notin (blue,green)', false],
    ['other notin (x)', true],
    ['side', true],
    ['!side', false],
    ['!other', true],
    ['app.kubernetes.io/name=web,side in (blue,red),!other', true],
    ['app.kubernetes.io/name=web,side=green', false],
    ['', true],
    [null, true],
  ])('%s', (selector, matches) => {
    expect(labelFilter(selector)(object({ side: 'blue', 'app.kubernetes.io/name': 'web' }))).toBe(matches);
  });

  it('that makes no sense is an error', () => {
    expect(() => labelFilter('side=(blue')).toThrow('unable to parse requirement');
  });
});

describe('a field selector', () => {
  const pod = object({}, { spec: { nodeName: 'n1' }, status: { phase: 'Running' }, involvedObject: { uid: 'u' } });

  it.each([
    ['metadata.name=one,metadata.namespace=default', true],
    ['spec.nodeName=n1', true],
    ['status.phase!=Running', false],
    ['status.phase!=Succeeded,status.phase!=Failed', true],
    ['involvedObject.uid=u', true],
    ['spec.missing=', true],
  ])('%s', (selector, matches) => {
    expect(fieldFilter(selector)(pod)).toBe(matches);
  });
});
