import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../contracts/configuration/configuration.ts';
import { parseConfiguration } from '../contracts/configuration/parse-configuration.ts';

/** Writes `DATA/sluice.yaml`: the sandbox's configuration with the addresses of this run. */
export async function writeConfiguration(
  dataDir: string,
  addresses: Readonly<Record<string, string>>,
): Promise<{ file: string; configuration: Configuration }> {
  const template = await readFile(join(import.meta.dirname, 'sluice.yaml'), 'utf8');
  const text = template.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => addresses[name] ?? placeholder);
  const parsed = parseConfiguration(text);
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ path, line, message }) => `  line ${line} ${path}: ${message}`).join('\n');
    throw new Error(`sandbox/sluice.yaml is not valid:\n${problems}`);
  }
  const file = join(dataDir, 'sluice.yaml');
  await writeFile(file, text);
  return { file, configuration: parsed.configuration };
}
