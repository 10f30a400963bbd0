import { describe, expect, it } from 'vitest';
import { acceptedService, edited, problemsOf } from './example.ts';

const written = (text: string) => edited(['    bake: 10m', `    bake: 10m\n    postDeployment: ${text}`]);

describe('postDeployment', () => {
  it('asks for nothing that is not written', () => {
    expect(acceptedService(edited()).postDeployment).toEqual({ performance: null, monitoring: null, backups: [] });
  });

  it('fills in what each check needs, and only reports unless more is wanted', () => {
    const { postDeployment } = acceptedService(
      written(
        '{ performance: {}, monitoring: {}, backups: [{ name: database, timestamp: last_backup, maxAge: 26h, onFailure: page }] }',
      ),
    );

    expect(postDeployment).toMatchObject({
      performance: { offset: 86_400_000, margin: 0.1, onFailure: 'report' },
      monitoring: { targets: 'up{namespace="{{namespace}}"}', rules: [], alertmanager: true, onFailure: 'report' },
      backups: [{ measures: 'timestamp', query: 'last_backup', onFailure: 'page' }],
    });
  });

  it('tells every problem at once, with its path', () => {
    const problems = problemsOf(
      written(
        '{ performance: { offset: 5h, margin: 0 }, monitoring: { onFailure: return }, backups: [{ name: a, maxAge: 1h }, { name: A, age: x, maxAge: 1h }] }',
      ),
    );

    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'services[0].postDeployment.performance.offset',
        'services[0].postDeployment.performance.margin',
        'services[0].postDeployment.monitoring.onFailure',
        'services[0].postDeployment.backups[0]',
      ]),
    );
  });

  it('refuses to ask the JSON of an address for what only a Prometheus knows', () => {
    const text = written('{ performance: {}, monitoring: {} }').replace('{ prometheus: ', '{ web: ');

    const found = problemsOf(text).filter(({ path }) => path.includes('postDeployment'));

    expect(found.map(({ path }) => path)).toEqual([
      'services[0].postDeployment.performance',
      'services[0].postDeployment.monitoring',
    ]);
  });
});
