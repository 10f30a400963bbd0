import { describe, expect, it } from 'vitest';
import { parseFlags } from '../../../sandbox/flags.ts';

describe('the port of a sandbox', () => {
  it.each([
    [[], {}, 4_000],
    [[], { SLUICE_PORT: '0' }, 0],
    [[], { SLUICE_PORT: '' }, 4_000],
    [['--port', '5000'], { SLUICE_PORT: '0' }, 5_000],
  ])('of %j and %j is %d', (words, environment, port) => {
    expect(parseFlags(words, environment).port).toBe(port);
  });

  it('is refused where the variable holds none, which is named', () => {
    expect(() => parseFlags([], { SLUICE_PORT: 'http' })).toThrow(/SLUICE_PORT.*not http/);
  });
});
