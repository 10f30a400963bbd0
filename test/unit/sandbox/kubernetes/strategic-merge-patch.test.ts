import { describe, expect, it } from 'vitest';
import { strategicMergePatch } from '../../../../sandbox/kubernetes/strategic-merge-patch.ts';

const container = (name: string, fields: object = {}) => ({ name, image: `${name}:1`, ...fields });
const pod = (...containers: object[]) => ({ spec: { containers, nodeSelector: { disk: 'ssd' } } });

describe('a strategic merge patch', () => {
  it('merges containers by name and adds new ones', () => {
    const patch = { spec: { containers: [{ name: 'b', image: 'b:2' }, container('c')] } };

    const result = strategicMergePatch(pod(container('a'), container('b', { tty: true })), patch);

    expect(result).toEqual(pod(container('a'), { name: 'b', image: 'b:2', tty: true }, container('c')));
  });

  it('merges environment variables by name inside a container, ports by their number', () => {
    const target = pod(
      container('a', { env: [{ name: 'X', value: '1' }], ports: [{ containerPort: 80, name: 'http' }] }),
    );
    const patch = {
      spec: {
        containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }], ports: [{ containerPort: 80, protocol: 'TCP' }] }],
      },
    };

    expect(strategicMergePatch(target, patch)).toEqual(
      pod(
        container('a', {
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
          ports: [{ containerPort: 80, name: 'http', protocol: 'TCP' }],
        }),
      ),
    );
  });

  it('merges the ports of a Service by port, and replaces lists without a key', () => {
    const service = { spec: { ports: [{ port: 80, name: 'http' }], externalIPs: ['10.0.0.1'] } };

    const result = strategicMergePatch(service, {
      spec: { ports: [{ port: 80, targetPort: 8080 }], externalIPs: ['10.0.0.2'] },
    });

    expect(result).toEqual({
      spec: { ports: [{ port: 80, name: 'http', targetPort: 8080 }], externalIPs: ['10.0.0.2'] },
    });
  });

  it('removes an item, replaces a list and replaces a map by directive', () => {
    const target = pod(container('a'), container('b'));

    expect(strategicMergePatch(target, { spec: { containers: [{ name: 'a', $patch: 'delete' }] } })).toEqual(
      pod(container('b')),
    );
    expect(strategicMergePatch(target, { spec: { containers: [{ $patch: 'replace' }, container('c')] } })).toEqual(
      pod(container('c')),
    );
    expect(strategicMergePatch(target, { spec: { nodeSelector: { $patch: 'replace', zone: 'a' } } })).toMatchObject({
      spec: { nodeSelector: { zone: 'a' } },
    });
  });

  it('treats finalizers as a set and can delete from it', () => {
    const target = { metadata: { finalizers: ['a', 'b'] } };

    expect(strategicMergePatch(target, { metadata: { finalizers: ['b', 'c'] } })).toEqual({
      metadata: { finalizers: ['a', 'b', 'c'] },
    });
    expect(strategicMergePatch(target, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } })).toEqual({
      metadata: { finalizers: ['b'] },
    });
  });

  it('orders items as kubectl asks, those it does not know last', () => {
    const target = pod(container('server-added'), container('a'));
    const patch = {
      spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [container('b')] },
    };

    expect(strategicMergePatch(target, patch)).toEqual(pod(container('b'), container('a'), container('server-added')));
  });

  it('keeps only the named fields of a union with $retainKeys', () => {
    const target = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } };

    expect(strategicMergePatch(target, { strategy: { $retainKeys: ['type'], type: 'Recreate' } })).toEqual({
      strategy: { type: 'Recreate' },
    });
  });
});
