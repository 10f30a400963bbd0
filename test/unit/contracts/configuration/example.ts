import { readFileSync } from 'node:fs';
import {
  type ConfigurationProblem,
  parseConfiguration,
} from '../../../../contracts/configuration/parse-configuration.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';

/** The example of DESIGN §6. */
export const exampleText = readFileSync(
  new URL('../../../fixtures/configuration/chest-xray.yaml', import.meta.url),
  'utf8',
);

/** The example with text replaced; fails when the text is not there, so that no test edits nothing. */
export function edited(...edits: readonly (readonly [from: string, to: string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the example has no ${from}`);
    return text.replace(from, () => to);
  }, exampleText);
}

/** The problems of a document that must have some. */
export function problemsOf(text: string): readonly ConfigurationProblem[] {
  const parsed = parseConfiguration(text);
  if (parsed.ok) throw new Error('the configuration was accepted');
  return parsed.problems;
}

/** The configuration of a document that must be good. */
export function accepted(text: string) {
  const parsed = parseConfiguration(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 1));
  return parsed.configuration;
}

/** The one service of a document that must be good. */
export function acceptedService(text: string): ServiceConfiguration {
  const [service] = accepted(text).services;
  if (!service) throw new Error('no service');
  return service;
}
