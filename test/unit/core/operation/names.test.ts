import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '../../../../contracts/instant.ts';
import { executionName } from '../../../../core/operation/execution-name.ts';
import { operationId } from '../../../../core/operation/id.ts';

const time = fc.integer({ min: 0, max: 4_000_000_000_000 });

describe('an operation id', () => {
  it('is the same for the same start and seed and differs by the seed', () => {
    const start = instant(1_795_000_000_000);

    expect(operationId(start, 'a')).toBe(operationId(start, 'a'));
    expect(operationId(start, 'a')).not.toBe(operationId(start, 'b'));
    expect(operationId(start, 'a')).toMatch(/^[0-9a-hjkmnp-tv-z]{20}$/);
  });

  it('sorts by time, whatever the seeds are', () => {
    fc.assert(
      fc.property(time, time, fc.string(), fc.string(), (a, b, seedA, seedB) => {
        fc.pre(a !== b);
        expect(operationId(instant(a), seedA) < operationId(instant(b), seedB)).toBe(a < b);
      }),
    );
  });

  it('uses the whole alphabet for the seed', () => {
    const used = new Set(
      Array.from({ length: 500 }, (_, index) => operationId(instant(0), `${index}`).slice(10)).join(''),
    );

    expect(used.size).toBe(32);
  });
});

describe('an execution name', () => {
  it('fits Step Functions for every service and differs by what it names', () => {
    const service = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/);
    const part = fc.oneof(fc.string(), fc.nat());
    fc.assert(
      fc.property(service, part, part, (name, a, b) => {
        expect(executionName('deploy', name, [a, b])).toMatch(/^[a-z0-9-]{1,65}$/);
        expect(executionName('deploy', name, [a, b]) === executionName('deploy', name, [b, a])).toBe(a === b);
      }),
    );
  });
});
