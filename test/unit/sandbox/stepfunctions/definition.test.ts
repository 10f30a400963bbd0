import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../../sandbox/stepfunctions/interpreter/parse-definition.ts';

const locations = (states: object, machine: object = { QueryLanguage: 'JSONata' }): string[] => {
  const parsed = parseDefinition(JSON.stringify({ StartAt: 'A', States: states, ...machine }));
  return parsed.kind === 'valid' ? [] : parsed.problems.map(({ location }) => location);
};
const invoke = 'arn:aws:states:::lambda:invoke';

describe('a definition', () => {
  it.each([
    ['Pass', ['InputPath', 'OutputPath', 'ResultPath', 'Parameters', 'Result']],
    ['Task', ['InputPath', 'Parameters', 'ResultSelector', 'ResultPath', 'TimeoutSecondsPath', 'HeartbeatSecondsPath']],
    ['Wait', ['SecondsPath', 'TimestampPath']],
    ['Map', ['ItemsPath', 'Iterator', 'MaxConcurrencyPath', 'Parameters']],
    ['Fail', ['ErrorPath', 'CausePath']],
  ])('with a JSONPath field in a %s state is refused at that field', (Type, fields) => {
    const whole: Record<string, object> = {
      Task: { Resource: invoke, End: true },
      Wait: { Seconds: 1, End: true },
      Map: { ItemProcessor: { StartAt: 'B', States: { B: { Type: 'Succeed' } } }, End: true },
      Pass: { End: true },
      Fail: {},
    };

    const found = fields.flatMap((field) => locations({ A: { Type, ...whole[Type], [field]: '$.x' } }));

    expect(found).toEqual(fields.map((field) => `/States/A/${field}`));
  });

  it('needs JSONata where it uses it', () => {
    const states = { A: { Type: 'Pass', Output: '{% 1 %}', End: true } };

    expect(locations(states, {})).toEqual(['/States/A/Output']);
    expect(locations(states, { QueryLanguage: 'JSONPath' })).toEqual(['/States/A/Output']);
    expect(locations({ A: { ...states.A, QueryLanguage: 'JSONata' } }, {})).toEqual([]);
  });

  it('has its expressions checked wherever they are', () => {
    const bad = '{% 1 + %}';

    expect(
      locations({
        A: {
          Type: 'Task',
          Resource: invoke,
          Arguments: { list: [1, { x: bad }] },
          TimeoutSeconds: bad,
          Assign: { a: bad },
          Catch: [{ ErrorEquals: ['X'], Next: 'B', Output: bad }],
          Next: 'B',
        },
        B: { Type: 'Choice', Choices: [{ Condition: bad, Next: 'C' }], Default: 'C' },
        C: {
          Type: 'Map',
          Items: bad,
          MaxConcurrency: bad,
          ItemSelector: bad,
          ItemProcessor: { StartAt: 'D', States: { D: { Type: 'Fail', Cause: bad } } },
          End: true,
        },
      }),
    ).toEqual([
      '/States/A/Assign/a',
      '/States/A/Catch[0]/Output',
      '/States/A/Arguments/list[1]/x',
      '/States/A/TimeoutSeconds',
      '/States/B/Choices[0]/Condition',
      '/States/C/ItemSelector',
      '/States/C/Items',
      '/States/C/MaxConcurrency',
      '/States/C/ItemProcessor/States/D/Cause',
    ]);
  });

  it.each<[string, object, string[]]>([
    ['no way on', { A: { Type: 'Pass' } }, ['/States/A']],
    ['two ways on', { A: { Type: 'Pass', Next: 'B', End: true }, B: { Type: 'Succeed' } }, ['/States/A', '/States/B']],
    [
      'an unknown state as Default',
      { A: { Type: 'Choice', Choices: [{ Condition: true, Next: 'A' }], Default: 'B' } },
      ['/States/A/Default'],
    ],
    ['a state that cannot be reached', { A: { Type: 'Succeed' }, B: { Type: 'Succeed' } }, ['/States/B']],
    ['a Wait for nothing', { A: { Type: 'Wait', End: true } }, ['/States/A']],
    [
      'a time that is none',
      { A: { Type: 'Wait', Timestamp: '2026-01-01T00:00:00', End: true } },
      ['/States/A/Timestamp'],
    ],
    [
      'a heartbeat beyond the timeout',
      { A: { Type: 'Task', Resource: invoke, TimeoutSeconds: 5, HeartbeatSeconds: 5, End: true } },
      ['/States/A/HeartbeatSeconds'],
    ],
    [
      'an unknown resource',
      { A: { Type: 'Task', Resource: 'arn:aws:lambda:function', End: true } },
      ['/States/A/Resource'],
    ],
    [
      'States.ALL before others',
      {
        A: {
          Type: 'Task',
          Resource: invoke,
          Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }],
          End: true,
        },
      },
      ['/States/A/Retry[0]/ErrorEquals'],
    ],
    [
      'a negative number of attempts',
      { A: { Type: 'Task', Resource: invoke, Retry: [{ ErrorEquals: ['X'], MaxAttempts: -1 }], End: true } },
      ['/States/A/Retry[0]/MaxAttempts'],
    ],
    ['an Assign where there is none', { A: { Type: 'Succeed', Assign: { a: 1 } } }, ['/States/A/Assign']],
    ['the reserved variable', { A: { Type: 'Pass', Assign: { states: 1 }, End: true } }, ['/States/A/Assign/states']],
    ['a type that is an inherited word', { A: { Type: 'constructor' } }, ['/States/A/Type']],
    ['a field that is misspelt', { A: { Type: 'Pass', Outputs: 1, End: true } }, ['/States/A/Outputs']],
  ])('with %s is refused', (_what, states, expected) => {
    expect(locations(states)).toEqual(expected);
  });

  it.each([
    ['phone', 'phone'],
    ['$uppercase(phone)', 'phone'],
    ['$states.input & phone.number', 'phone'],
    ['[1, phone]', 'phone'],
    ['{"a": phone}', 'phone'],
    ['function($x) { phone }', 'phone'],
    ['phone[1]', 'phone'],
    ['$', '$'],
    ['$.a', '$'],
    ['$states.input[$$.a]', '$$'],
  ])('with the expression %s is refused: there is no context at the top level', (expression, name) => {
    const parsed = parseDefinition(
      JSON.stringify({
        QueryLanguage: 'JSONata',
        StartAt: 'A',
        States: { A: { Type: 'Succeed', Output: `{% ${expression} %}` } },
      }),
    );

    expect(parsed).toEqual({
      kind: 'invalid',
      problems: [
        {
          code: 'UNSUPPORTED_JSONATA_EXPRESSION',
          message: `Reference to '${name}' at the top level is not supported.`,
          location: '/States/A/Output',
        },
      ],
    });
  });

  it.each([
    '$states.input.phone',
    '$states.input.phones[type = "home"].number',
    '$states.input.phones^(>number)',
    '$states.input.phones{type: number}',
    '$states.input.phones.{"t": type, "n": $uppercase(number)}',
    '$states.input.(a + b)',
    '$states.input.list[$ > 1]',
    '$map($states.input.list, function($v, $i) { $v * $i })',
    '$states.input ~> | phones | {"type": $uppercase(type)}, "number" |',
    '$states.input.phones@$p.{"t": $p.type}',
    '($x := $states.input; $x.a ? $x.b : "none")',
  ])('with the expression %s is fine', (expression) => {
    expect(locations({ A: { Type: 'Succeed', Output: `{% ${expression} %}` } })).toEqual([]);
  });

  it('reads $states.errorOutput in a catcher only', () => {
    const text = '{% $states.errorOutput.Error %}';
    const caught = { ErrorEquals: ['X'], Next: 'B', Output: text, Assign: { e: text } };

    expect(
      locations({
        A: { Type: 'Task', Resource: invoke, Output: text, Catch: [caught], Next: 'B' },
        B: { Type: 'Succeed' },
      }),
    ).toEqual(['/States/A/Output']);
  });

  it('reads $states.result in the Output and Assign of a Task, a Map and a Parallel only', () => {
    const text = '{% $states.result %}';
    const branch = { StartAt: 'Inner', States: { Inner: { Type: 'Pass', Assign: { r: text }, End: true } } };
    const caught = { ErrorEquals: ['X'], Next: 'C', Output: text };

    expect(
      locations({
        A: { Type: 'Task', Resource: invoke, Arguments: text, Output: text, Assign: { a: text }, Next: 'B' },
        B: { Type: 'Parallel', Branches: [branch], Output: [text], Catch: [caught], Next: 'C' },
        C: { Type: 'Succeed', Output: text },
      }).sort(),
    ).toEqual([
      '/States/A/Arguments',
      '/States/B/Branches[0]/States/Inner/Assign/r',
      '/States/B/Catch[0]/Output',
      '/States/C/Output',
    ]);
  });

  it.each(['{% 1', '1 %}', '{%', '%}', '{% 1 %} '])('with the half of an expression %j is refused', (text) => {
    expect(locations({ A: { Type: 'Succeed', Output: { a: [text] } } })).toEqual(['/States/A/Output/a[0]']);
  });

  it.each([' {% 1 %} ', '%} {%', 'a {% b'])('with the text %j is fine: it is no expression', (text) => {
    expect(locations({ A: { Type: 'Succeed', Output: text } })).toEqual([]);
  });

  it('that is JSONata as a whole has no state in JSONPath', () => {
    const states = { A: { Type: 'Pass', QueryLanguage: 'JSONPath', End: true } };

    expect(locations(states)).toEqual(['/States/A/QueryLanguage']);
    expect(locations(states, {})).toEqual([]);
  });

  it('that cannot end is refused', () => {
    const loop = { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } };

    expect(parseDefinition(JSON.stringify({ StartAt: 'A', States: loop }))).toMatchObject({
      problems: [{ code: 'MISSING_END_STATE' }],
    });
  });

  it('gives its own language to all its states, whatever a Map or Parallel around them says of itself', () => {
    const inner = { StartAt: 'B', States: { B: { Type: 'Pass', Output: 1, End: true } } };
    const states = { A: { Type: 'Map', QueryLanguage: 'JSONata', ItemProcessor: inner, End: true } };

    expect(locations(states, {})).toEqual(['/States/A/ItemProcessor/States/B/Output']);
    expect(locations(states)).toEqual([]);
  });

  it('assigns in a branch what the Catch of its own state assigns, and not what another one does', () => {
    const branch = { StartAt: 'B', States: { B: { Type: 'Pass', Assign: { why: 1 }, End: true } } };
    const guarded = { Type: 'Parallel', Branches: [{ StartAt: 'C', States: { C: { Type: 'Fail' } } }], Next: 'Both' };
    const guards = [{ ErrorEquals: ['States.ALL'], Assign: { why: 2 }, Next: 'Done' }];
    const both = { Type: 'Parallel', Branches: [branch], Next: 'Done' };
    const done = { Type: 'Succeed' };

    expect(locations({ A: guarded, Both: { ...both, Catch: guards }, Done: done })).toEqual([]);
    expect(locations({ A: { ...guarded, Catch: guards }, Both: both, Done: done })).toEqual([
      '/States/Both/Branches[0]/States/B/Assign/why',
    ]);
  });

  it('has unique state names and does not assign outer variables in a branch', () => {
    const branch = { StartAt: 'B', States: { B: { Type: 'Pass', Assign: { outer: 1, own: 2 }, End: true } } };

    expect(locations({ A: { Type: 'Parallel', Branches: [branch, branch], Assign: { outer: 0 }, End: true } })).toEqual(
      [
        '/States/A/Branches[0]/States/B/Assign/outer',
        '/States/A/Branches[1]/States/B',
        '/States/A/Branches[1]/States/B/Assign/outer',
      ],
    );
  });

  it('that is no JSON object is refused as a whole', () => {
    for (const text of ['', '{', '[]', 'null']) {
      expect(parseDefinition(text)).toMatchObject({
        kind: 'invalid',
        problems: [{ code: 'INVALID_JSON_DESCRIPTION' }],
      });
    }
  });
});
