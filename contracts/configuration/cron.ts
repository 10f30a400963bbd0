/** A cron expression of five fields, as robfig/cron's standard parser understands it, which Argo CD uses. */
export interface CronFields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday, 6 is Saturday. */
  readonly weekdays: ReadonlySet<number>;
  /** Neither day field is a star, so that either of them suffices; else both have to fit. */
  readonly eitherDay: boolean;
}

export type ReadCron = { kind: 'cron'; fields: CronFields } | { kind: 'problem'; problem: string };

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const layout = {
  minutes: { name: 'minute', min: 0, max: 59 },
  hours: { name: 'hour', min: 0, max: 23 },
  days: { name: 'day of the month', min: 1, max: 31 },
  months: {
    name: 'month',
    min: 1,
    max: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  weekdays: { name: 'day of the week', min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
} as const satisfies Record<string, Field>;

const longestMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

class CronProblem extends Error {}

/**
 * Reads what robfig/cron reads, and refuses what it refuses: `7` is no Sunday, `L`, `W` and `#` are nothing. Also refused is what never
 * comes true, like the 30th of February: Argo CD takes such a window for one that is always active.
 *
 * @see https://github.com/robfig/cron/blob/v3.0.1/parser.go
 */
export function readCron(schedule: string): ReadCron {
  const texts = schedule.trim().split(/\s+/);
  if (texts.length !== 5 || texts[0] === '') {
    return {
      kind: 'problem',
      problem: `must have five fields (minute, hour, day of the month, month, day of the week), not ${texts[0] === '' ? 0 : texts.length}`,
    };
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = texts;
  try {
    const [minutes, hours, days, months, weekdays] = [
      readField(minute, layout.minutes),
      readField(hour, layout.hours),
      readField(day, layout.days),
      readField(month, layout.months),
      readField(weekday, layout.weekdays),
    ];
    const fields: CronFields = {
      minutes: minutes.values,
      hours: hours.values,
      days: days.values,
      months: months.values,
      weekdays: weekdays.values,
      eitherDay: !days.star && !weekdays.star,
    };
    return comesTrue(fields)
      ? { kind: 'cron', fields }
      : { kind: 'problem', problem: 'never comes true: no such day exists' };
  } catch (error) {
    if (error instanceof CronProblem) return { kind: 'problem', problem: error.message };
    throw error;
  }
}

function comesTrue({ minutes, hours, days, months, weekdays, eitherDay }: CronFields): boolean {
  if ([minutes, hours, months].some(({ size }) => size === 0)) return false;
  const dayExists = [...months].some((month) => [...days].some((day) => day <= (longestMonth[month - 1] ?? 0)));
  return eitherDay ? dayExists || weekdays.size > 0 : dayExists && weekdays.size > 0;
}

/** Alternatives with commas, of which empty ones are skipped, as robfig/cron does. */
function readField(text: string, field: Field): { values: ReadonlySet<number>; star: boolean } {
  const ranges = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => readRange(part, field));
  return { values: new Set(ranges.flatMap(({ values }) => values)), star: ranges.some(({ star }) => star) };
}

/** `*`, `9`, `9-17`, and each with `/2`; `9/2` goes on to the end of the field. A star with a step is none for `eitherDay`. */
function readRange(text: string, field: Field): { values: number[]; star: boolean } {
  const refuse = (what: string) => new CronProblem(`${what} in ${JSON.stringify(text)}, the ${field.name}`);
  const [range = '', stepText, ...moreSteps] = text.split('/');
  const [lowText = '', highText, ...moreValues] = range.split('-');
  const isStar = lowText === '*' || lowText === '?';
  if (moreSteps.length > 0 || (!isStar && moreValues.length > 0)) throw refuse('has too many parts');
  const read = (value: string): number => {
    const named = field.names?.indexOf(value.toLowerCase()) ?? -1;
    if (named >= 0) return field.min + named;
    if (!/^\+?\d+$/.test(value)) throw refuse(`has ${JSON.stringify(value)}, which is not a number`);
    return Number(value);
  };
  const low = isStar ? field.min : read(lowText);
  const step = stepText === undefined ? 1 : read(stepText);
  const toEnd = isStar || (stepText !== undefined && highText === undefined);
  const high = toEnd ? field.max : highText === undefined ? low : read(highText);
  if (low < field.min || high > field.max) throw refuse(`goes beyond ${field.min} to ${field.max}`);
  if (low > high) throw refuse('begins after its end');
  if (step === 0) throw refuse('has a step of 0');
  const count = Math.floor((high - low) / step) + 1;
  return {
    values: Array.from({ length: count }, (_, index) => low + index * step),
    star: isStar && step === 1,
  };
}
