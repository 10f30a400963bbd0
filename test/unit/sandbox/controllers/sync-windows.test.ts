import { describe, expect, it } from 'vitest';
import type {
  Application,
  AppProject,
  SyncWindow,
} from '../../../../sandbox/kubernetes/controllers/application/application-types.ts';
import { isHeldBack } from '../../../../sandbox/kubernetes/controllers/application/sync-windows.ts';

const application: Application = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { namespace: 'argocd', name: 'xray-prod-blue' },
  spec: {
    project: 'production',
    source: { repoURL: 'r', path: 'chart' },
    destination: { namespace: 'production-blue' },
  },
};
const projectWith = (...syncWindows: SyncWindow[]): AppProject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { namespace: 'argocd', name: 'production' },
  spec: { syncWindows },
});
const office: SyncWindow = { kind: 'allow', schedule: '0 9 * * *', duration: '8h', applications: ['xray-prod-*'] };
const night = new Date('2026-11-23T03:00:00Z');
const noon = new Date('2026-11-23T12:00:00Z');
const manual = { initiatedBy: { username: 'sluice' } };
const automated = { initiatedBy: { automated: true } };

describe('sync windows', () => {
  it('hold a sync back outside of an allow window, and let it through inside', () => {
    const project = projectWith(office);

    expect([isHeldBack(application, project, manual, night), isHeldBack(application, project, manual, noon)]).toEqual([
      true,
      false,
    ]);
  });

  it('with manualSync never hold back a sync that was asked for, and an automated one still', () => {
    const project = projectWith({ ...office, manualSync: true });

    expect([
      isHeldBack(application, project, manual, night),
      isHeldBack(application, project, automated, night),
    ]).toEqual([false, true]);
  });

  it('of other applications do not count', () => {
    const project = projectWith({ ...office, applications: ['other-*'] });

    expect(isHeldBack(application, project, automated, night)).toBe(false);
  });
});
