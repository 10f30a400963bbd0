import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kubectlOf, withoutSelfHeal } from '../support/kubectl.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

const { sandbox, pipeline } = observedSandbox(...configured(quick));
const kubectl = kubectlOf(sandbox);

/** The texts of the pages so far, as mails. */
const pages = async (): Promise<string[]> =>
  (await pipeline.mails()).filter(({ subject }) => subject.startsWith('[page]')).map(({ body }) => body.text);
const paged = (count: number) => until(`${count} pages`, patienceMs, async () => (await pages()).length >= count);

describe('between operations', () => {
  const setPort = (port: number) => {
    const patch = { spec: { ports: [{ name: 'http', port, targetPort: 'http', protocol: 'TCP' }] } };
    const words = ['patch', 'service', 'chest-xray-mlops', '-n', 'production-green', '--type=merge'];
    return kubectl(...words, '-p', JSON.stringify(patch));
  };

  it('somebody edits an environment, and its pods fail: the on-call is woken once for each, with what to type', async () => {
    await withoutSelfHeal(kubectl, 'green');
    await setPort(81);
    await paged(1);
    // Both sides of a fresh sandbox run the same version.
    await pipeline.fault({ version: (await pipeline.service()).environments.green.version ?? '', unhealthy: true });
    await paged(3);
    await pipeline.heal();
    await setPort(80);

    // The look that found the pods found the edit still there.
    const told = await pages();
    expect(told.map((text) => text.split('\n')[0]).sort()).toEqual([
      "Argo CD's Application chest-xray-mlops-prod-green is out of sync: green is not what its commit says.",
      'blue has 100 % of the traffic and no ready pod.',
      expect.stringMatching(/^green, the side to roll back to, has no ready pod; \d should be ready\.$/),
    ]);
    const all = told.join('\n');
    expect(all).toContain('argocd app diff argocd/chest-xray-mlops-prod-green');
    expect(all).toContain('kubectl -n production-blue describe pods -l app.kubernetes.io/name=chest-xray-mlops');
    for (const text of told) expect(text).toContain('sluice status --service chest-xray-mlops');
  });
});

describe('a route of somebody else', () => {
  it('that copies requests to the standby keeps a release away from it, before anybody is asked (I3)', async () => {
    const shadow = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'shadow', namespace: 'argocd' },
      spec: {
        hosts: ['other.example.com'],
        http: [
          {
            route: [{ destination: { host: 'elsewhere' } }],
            mirror: { host: 'chest-xray-mlops.production-green.svc.cluster.local' },
          },
        ],
      },
    };
    const file = join(sandbox.ready.kubeconfig, '..', 'shadow.json');
    await writeFile(file, JSON.stringify(shadow));
    await kubectl('create', '-f', file, '--validate=false');

    await pipeline.deliver(await pipeline.workflowRunPayload());
    const { id } = await pipeline.firstOperation();
    const ended = await pipeline.ended(id);

    expect(ended.outcome).toBe('failed');
    expect(ended.reason).toMatch(/VirtualService argocd\/shadow .*mirrors requests to green/);
    expect(ended.approvals).toBeNull();
  });
});
