import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { operatorOf, ownTemplate } from '../../../sandbox/configuration.ts';

const template = await readFile(ownTemplate, 'utf8');

describe('who operates a sandbox', () => {
  it('is the first of people', () => {
    expect(operatorOf(template, undefined)).toBe('ana@example.com');
    expect(operatorOf(template, '')).toBe('ana@example.com');
  });

  it.each(['cleo', 'Cleo@example.com'])('is whom SLUICE_USER names: %s', (name) => {
    expect(operatorOf(template, name)).toBe('cleo@example.com');
  });

  it('is nobody who is not among people, and they are named', () => {
    expect(() => operatorOf(template, 'mallory')).toThrow(
      /SLUICE_USER is mallory, who is not among .*ana@example\.com/,
    );
  });

  it('is nobody where there are no people: such a configuration has no approvers either', () => {
    const deserted = template.replace(/people:\n( {2}- .*\n)+/, '');

    expect(() => operatorOf(deserted, undefined)).toThrow(/is nobody of people/);
  });
});
