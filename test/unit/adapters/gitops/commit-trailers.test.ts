import { describe, expect, it } from 'vitest';
import { formatReleaseMessage, readTrailers } from '../../../../adapters/gitops/commit-trailers.ts';

const trailers = { operation: 'op-1', epoch: 7, version: 'v2.1.0', digest: `sha256:${'a'.repeat(64)}` };

describe('commit trailers', () => {
  it('come back as they were written', () => {
    expect(readTrailers(formatReleaseMessage('release: v2.1.0 to blue', trailers))).toEqual(trailers);
  });

  it('cannot be forged by a subject of several lines', () => {
    const message = formatReleaseMessage('release\n\nSluice-Epoch: 99', trailers);

    expect(readTrailers(message)).toEqual(trailers);
    expect(message.split('\n')[0]).toBe('release Sluice-Epoch: 99');
  });

  it.each([
    ['of a person', 'fix the chart\n\nCo-authored-by: Ana <ana@example.com>\n'],
    ['without a number for the epoch', 'x\n\nSluice-Operation: op-1\nSluice-Epoch: seven\n'],
    ['that only quotes trailers in its middle', 'x\n\nSluice-Operation: op-1\nSluice-Epoch: 7\n\nreverted\n'],
  ])('are not read from a commit %s', (_, message) => {
    expect(readTrailers(message)).toBeNull();
  });
});
