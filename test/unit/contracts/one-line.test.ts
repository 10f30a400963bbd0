import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, printableJson, shortLine } from '../../../contracts/one-line.ts';

describe('a text of others on one line', () => {
  it.each([
    ['line breaks of every kind', 'a\nb\r\nc\u2028d\u2029e\u0085f\vg\fh\ti', 'a b c d e f g h i'],
    ['what turns the direction round', 'a\u202egnp\u202c\u2066x\u2069\u200f', 'a�gnp��x��'],
    ['what a terminal obeys', '\u001b[2Jgone\u0007\u0000\u009b', '�[2Jgone���'],
    ['what cannot be seen', 'pay\u200bpal\ufeff\u00ad', 'pay�pal��'],
    ['half of a character', 'a\ud800b', 'a�b'],
  ])('has %s replaced', (_what, text, shown) => {
    expect(oneLine(text)).toBe(shown);
  });

  it('keeps letters of every script, and the joiners that some need', () => {
    const text = 'Größe می‌خواهم 影像 👩‍🔬 Ω';

    expect(oneLine(text)).toBe(text);
  });

  it('is one line however it is written, and never longer than it may be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 60 }), (text, longest) => {
        const line = shortLine(text, longest);

        expect(line.length).toBeLessThanOrEqual(longest);
        expect(line).toBe(oneLine(line));
        expect(line.isWellFormed()).toBe(true);
        if (text.length <= longest) expect(line).toBe(oneLine(text));
      }),
    );
  });
});

it('JSON that is printed means the same, with what a terminal would obey written as it is in source code', () => {
  const document = { 'a\u202e': ['\u001b[2J', '\u009b1m', '\u2028', '\u{e0001}', 'Größe'] };

  const printed = printableJson(document);

  expect(JSON.parse(printed)).toEqual(document);
  expect(printed.split('\n').map(oneLine).join('\n')).toBe(printed);
  expect(printed).toContain('Größe');
});
