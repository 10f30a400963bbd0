import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { machines } from '../statemachines/support/machines.ts';
import { describeJudged } from './describe-judged.ts';
import { findJudges } from './tools.ts';

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
}

/** Of AWS's language service for Amazon States Language, which the Toolkit for Visual Studio Code uses. */
interface LanguageService {
  parseJSONDocument(document: object): object;
  doValidation(document: object, parsed: object): Promise<readonly Diagnostic[]>;
}

interface Package {
  getLanguageService(parameters: object): LanguageService;
  readonly TextDocument: { create(uri: string, language: string, version: number, text: string): object };
}

describeJudged(await findJudges(), 'AWS’s published schema of Amazon States Language', ({ modules }) => {
  /** Every complaint, with its line in the indented JSON. */
  const complaintsAbout = async (definition: unknown): Promise<string[]> => {
    const { getLanguageService, TextDocument }: Package = createRequire(join(modules, 'x.js'))(
      'amazon-states-language-service',
    );
    const service = getLanguageService({});
    const document = TextDocument.create('file:///definition.asl.json', 'asl', 1, JSON.stringify(definition, null, 1));
    const found = await service.doValidation(document, service.parseJSONDocument(document));
    return found.map(({ message, range }) => `line ${range.start.line + 1}: ${message}`);
  };

  it.each([...machines])('has nothing against the %s machine', async (_, machine) => {
    expect(await complaintsAbout(machine)).toEqual([]);
  });

  it('would find a field of another kind of state, and a state that is not there', async () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'A',
      States: { A: { Type: 'Wait', Seconds: 1, Retry: [], Next: 'B' } },
    };

    const complaints = await complaintsAbout(definition);

    expect(complaints).toContain('line 8: Field is not supported.');
    expect(complaints).toEqual(expect.arrayContaining([expect.stringContaining('name of an existing state')]));
  });
});
