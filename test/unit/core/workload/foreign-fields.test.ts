import { describe, expect, it } from 'vitest';
import { foreignField } from '../../../../core/workload/foreign-fields.ts';

const owner = (manager: string, podSpec: object, template: object = {}) => ({
  manager,
  operation: 'Update',
  fieldsV1: { 'f:spec': { 'f:replicas': {}, 'f:template': { 'f:spec': podSpec, ...template } } },
});
/** As an API server keeps it of what Argo CD has applied. */
const argo = owner('argocd-controller', {
  'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
  'f:dnsPolicy': {},
});
const foreign = (...others: object[]) => foreignField({ managedFields: [argo, ...others] }, []);

describe('a field of a pod template that Argo CD has not set', () => {
  it.each<[string, object, string]>([
    [
      'of the pod',
      { 'f:hostAliases': { 'k:{"ip":"203.0.113.66"}': { '.': {}, 'f:ip': {} } } },
      'spec.hostAliases[ip:203.0.113.66]',
    ],
    [
      'of a container',
      { 'f:containers': { 'k:{"name":"app"}': { 'f:command': {} } } },
      'spec.containers[name:app].command',
    ],
    ['that is a list', { 'f:dnsConfig': { '.': {}, 'f:nameservers': {} } }, 'spec.dnsConfig'],
  ])('%s is told, with who set it', (_, podSpec, told) => {
    expect(foreign(owner('kubectl-patch', podSpec))).toBe(`${told} by kubectl-patch`);
  });

  it('is none where Argo CD sets it as well, as after a chart was installed by hand', () => {
    expect(foreign(owner('helm', { 'f:dnsPolicy': {} }))).toBeNull();
  });

  it('is none outside of the template, nor as an annotation, as of a rollout restart', () => {
    const restarted = { 'f:metadata': { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/restartedAt': {} } } };
    const status = {
      manager: 'kube-controller-manager',
      operation: 'Update',
      fieldsV1: { 'f:status': { 'f:replicas': {} } },
    };

    expect(
      foreign({ manager: 'kubectl-rollout', fieldsV1: { 'f:spec': { 'f:template': restarted } } }, status),
    ).toBeNull();
  });

  it('is none of an operator that a service names', () => {
    const reloader = owner('Reloader', { 'f:containers': { 'k:{"name":"app"}': { 'f:env': {} } } });

    expect(foreignField({ managedFields: [argo, reloader] }, ['Reloader'])).toBeNull();
    expect(foreign(reloader)).toContain('by Reloader');
  });

  it('cannot be told where nothing says what Argo CD has set', () => {
    expect(foreignField({ managedFields: [owner('kubectl-patch', { 'f:hostPID': {} })] }, [])).toBeNull();
    expect(foreignField({}, [])).toBeNull();
  });
});
