import { describe, expect, it } from 'vitest';
import { acceptedService, edited, problemsOf } from './example.ts';

const line = 'replicas: { min: 3, max: 10, minAvailable: 3 }';
const configured = (autoscaler: string) =>
  edited([
    line,
    `${line}
    ${autoscaler}`,
  ]);

describe('autoscaler: by what the capacity of a service is set', () => {
  it.each([
    ['an HPA of the service’s name without being written', '', { kind: 'HPA', name: 'chest-xray-mlops' }],
    [
      'a ScaledObject by its name',
      'autoscaler: { kind: ScaledObject, name: xray }',
      { kind: 'ScaledObject', name: 'xray' },
    ],
    [
      'a ScaledObject of the service’s name',
      'autoscaler: { kind: ScaledObject }',
      { kind: 'ScaledObject', name: 'chest-xray-mlops' },
    ],
    ['nothing: the Deployment itself', 'autoscaler: { kind: none }', { kind: 'none', name: 'chest-xray-mlops' }],
  ])('%s', (_what, written, autoscaler) => {
    expect(acceptedService(configured(written)).autoscaler).toEqual(autoscaler);
  });

  it.each([
    ['another kind', 'autoscaler: { kind: VPA }', 'autoscaler.kind'],
    ['a name where there is no object', 'autoscaler: { kind: none, name: xray }', 'autoscaler'],
    ['a name that no object can have', 'autoscaler: { kind: HPA, name: X_Ray }', 'autoscaler.name'],
  ])('refuses %s, with its path', (_what, written, path) => {
    expect(JSON.stringify(problemsOf(configured(written)))).toContain(`services[0].${path}`);
  });

  it('refuses a maximum below what is needed, with the number that it should be', () => {
    const problems = JSON.stringify(problemsOf(edited(['max: 10, minAvailable: 3', 'max: 2, minAvailable: 3'])));

    expect(problems).toContain('must not be above max (2), or that must be 3');
  });
});
