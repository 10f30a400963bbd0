/** @vitest-environment node */
import { expect, it, vi } from 'vitest';
import { functionLog } from '../../../../functions/runtime/log.ts';

it('a message is one line without characters that a terminal obeys, whoever wrote what it is about', () => {
  const written: string[] = [];
  const spies = (['info', 'log'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((line) => void written.push(String(line))),
  );
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    written.push(String(line));
    return true;
  });
  try {
    functionLog({ level: 'info', message: 'read tag v1\u202e\u2028forged \u009b2J' });
  } finally {
    for (const spy of [...spies, stdout]) spy.mockRestore();
  }

  expect(written.map((line) => JSON.parse(line).message)).toEqual(['read tag v1� forged �2J']);
});
