import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { layerBinary } from '../../../../sandbox/kubernetes/layer-binaries.ts';

describe('a binary of the layer', () => {
  it('is unpacked once and runs', async () => {
    const [first, second] = await Promise.all([layerBinary('helm'), layerBinary('helm')]);

    await access(first, constants.X_OK);
    const { stdout } = await promisify(execFile)(first, ['version', '--short']);
    expect(second).toBe(first);
    expect(stdout).toMatch(/^v4\./);
  });
});
