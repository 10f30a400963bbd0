import { describe, expect, it } from 'vitest';
import { acceptedService, edited, problemsOf } from './example.ts';

const written = (text: string) => edited(['    validation:\n', `    validation:\n      compliance: ${text}\n`]);

describe('validation.compliance', () => {
  it('wants nothing that is not written', () => {
    expect(acceptedService(edited()).validation.compliance).toEqual({ change: null, documents: [] });
  });

  it('takes a pattern, where it is looked up, and documents', () => {
    const text = "{ change: { pattern: '#(\\d+)', lookup: github, label: approved }, documents: [docs/model-card.md] }";

    expect(acceptedService(written(text)).validation.compliance).toMatchObject({
      change: { lookup: 'github', label: 'approved' },
      documents: ['docs/model-card.md'],
    });
  });

  it('tells every problem at once, with its path', () => {
    const problems = problemsOf(
      written("{ change: { pattern: '(', label: approved }, documents: [../secret, /etc/passwd, a.md, a.md, docs/] }"),
    );

    expect(problems.map(({ path }) => path).filter((path) => path.includes('compliance'))).toEqual(
      expect.arrayContaining([
        'services[0].validation.compliance.change.pattern',
        'services[0].validation.compliance.documents[0]',
        'services[0].validation.compliance.documents[1]',
        'services[0].validation.compliance.documents[4]',
      ]),
    );
    const unused = problemsOf(written("{ change: { pattern: 'CHG-1', label: approved } }"));
    expect(unused.map(({ path }) => path)).toEqual(['services[0].validation.compliance.change.label']);
  });
});
