import { describe, expect, it } from 'vitest';
import { containersToRead } from '../../../../core/workload/containers-to-read.ts';

const spec = { containers: [{ name: 'istio-proxy' }, { name: 'app' }] };
const statuses = (ready: Record<string, boolean>) => Object.entries(ready).map(([name, is]) => ({ name, ready: is }));

describe('containersToRead', () => {
  it('reads those that are not ready, whatever stands first', () => {
    const status = { containerStatuses: statuses({ 'istio-proxy': true, app: false }) };

    expect(containersToRead({ spec, status })).toEqual(['app']);
  });

  it('reads the init container that the others wait for', () => {
    const status = {
      initContainerStatuses: statuses({ migrate: true, warm: false, later: false }),
      containerStatuses: statuses({ 'istio-proxy': false, app: false }),
    };

    expect(containersToRead({ spec, status })).toEqual(['warm']);
  });

  it.each<[string, Record<string, string>, string]>([
    ['that it calls its own', { 'kubectl.kubernetes.io/default-container': 'app' }, 'app'],
    ['that is the first, without such a word', {}, 'istio-proxy'],
    [
      'that is the first, when that word names nobody',
      { 'kubectl.kubernetes.io/default-container': 'gone' },
      'istio-proxy',
    ],
  ])('reads the one of a well pod %s', (_which, annotations, expected) => {
    const status = { containerStatuses: statuses({ 'istio-proxy': true, app: true }) };

    expect(containersToRead({ metadata: { annotations }, spec, status })).toEqual([expected]);
  });

  it('reads nothing of a pod without containers', () => {
    expect(containersToRead({})).toEqual([]);
  });
});
