import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Vitest's `globalSetup`: a folder that the test files of one run share, by its name in SLUICE_TEST_RUN. It is gone after the run. */
export default function makeRunFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-run-'));
  process.env.SLUICE_TEST_RUN = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
