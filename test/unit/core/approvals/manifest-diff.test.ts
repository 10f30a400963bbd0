import { describe, expect, it } from 'vitest';
import { diffManifests, isSameRendering } from '../../../../core/approvals/manifest-diff.ts';

const deployment = (image: string, password: string, name = 'web') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { containers: [{ name: 'app', image, env: [{ name: 'DB_PASSWORD', value: password }] }] },
});
const secret = (data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data });

describe('what changes in the manifests', () => {
  it('is told object by object, whatever their order and that of their fields', () => {
    const service = { kind: 'Service', metadata: { name: 'web' } };
    const { files, text } = diffManifests(
      [service, deployment('x@1', 'p')],
      [deployment('x@2', 'p'), { metadata: { name: 'web' }, kind: 'Service' }],
    );

    expect(files).toEqual(['Deployment/web']);
    expect(text).toMatch(/-\s+image: x@1\n\+\s+image: x@2/);
  });

  it('hides secrets, and says which of them changes', () => {
    const { text, files } = diffManifests(
      [secret({ user: 'YW5h', pass: 'b25l' }), deployment('x@1', 'hunter2')],
      [secret({ user: 'YW5h', pass: 'dHdv' }), deployment('x@1', 'hunter3')],
    );

    expect(files).toEqual(['Deployment/web', 'Secret/s']);
    expect(text).not.toMatch(/YW5h|b25l|dHdv|hunter/);
    expect(text).toContain('-  pass: (hidden)\n+  pass: (hidden, another value)\n   user: (hidden)');
    expect(text).toMatch(/-\s+value: \(hidden\)\n\+\s+value: \(hidden, another value\)/);
  });

  it('shows no checksum, which only says again that something else changes', () => {
    const pod = (sum: string) => ({ kind: 'Pod', metadata: { name: 'x', annotations: { 'checksum/config': sum } } });
    const { text, files } = diffManifests([pod('1'.repeat(64))], [pod('2'.repeat(64))]);

    expect(files).toEqual(['Pod/x']);
    expect(text).not.toMatch(/^[+-] /m);
  });

  it('has another hash with another secret, though both look the same', () => {
    const one = diffManifests([], [secret({ pass: 'b25l' })]);
    const other = diffManifests([], [secret({ pass: 'dHdv' })]);

    expect(one.text).toBe(other.text);
    expect(one.sha256).not.toBe(other.sha256);
  });

  it('tells two objects of one name apart', () => {
    expect(diffManifests([], [deployment('a', 'p'), deployment('b', 'p')]).files).toEqual([
      'Deployment/web',
      'Deployment/web 2',
    ]);
  });

  it('knows whether two renderings are the same', () => {
    expect(isSameRendering([deployment('a', 'p')], [deployment('a', 'p')])).toBe(true);
    expect(isSameRendering([deployment('a', 'p')], [deployment('a', 'q')])).toBe(false);
    expect(isSameRendering([deployment('a', 'p')], [])).toBe(false);
  });
});
