import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { ApiOperation } from '../contracts/api/operation.ts';
import type { ApiOverview } from '../contracts/api/overview.ts';
import type { ApiReadings } from '../contracts/api/readings.ts';
import { Plot } from './chart-plot.tsx';
import { type Charts, chartsOf, type Mark, sides } from './charts.ts';
import { clock, exact } from './time.ts';

/** Both sides over the time of an operation, live and afterwards: charts, what happened meanwhile, and the same as a table. */
export function ChartsView({
  overview,
  operation,
  readings,
}: {
  overview: ApiOverview;
  operation: ApiOperation;
  /** Null while they are not known. */
  readings: ApiReadings | null;
}): VNode | null {
  // The page is shown again and again while nothing changes.
  const charts = useMemo(
    () => (readings?.operation === operation.id ? chartsOf(readings, operation, overview.history) : null),
    [readings, operation, overview.history],
  );
  if (charts === null) return null;
  return (
    <div class="part charts">
      <h3>
        {'Readings '}
        <span class="soft">both sides over time</span>
      </h3>
      <div class="plots">
        {charts.charts.map((chart) => (
          <Plot key={chart.id} chart={chart} marks={charts.marks} from={charts.from} to={charts.to} />
        ))}
      </div>
      {charts.marks.length === 0 ? null : (
        <ol class="marks" aria-label="What happened, by the numbers in the charts">
          {charts.marks.map((mark) => (
            <MarkLine key={mark.key} mark={mark} />
          ))}
        </ol>
      )}
      <ReadingsTable charts={charts} />
    </div>
  );
}

const signs: Readonly<Record<Mark['kind'], { sign: string; word: string }>> = {
  step: { sign: '⇄', word: 'Traffic' },
  alert: { sign: '!', word: 'Warning' },
  decision: { sign: '☛', word: 'Decision' },
};

const MarkLine = ({ mark: { at, kind, text } }: { mark: Mark }): VNode => (
  <li data-kind={kind}>
    <time dateTime={new Date(at).toISOString()} title={exact(at)}>
      {clock(at)}
    </time>{' '}
    <span aria-hidden="true">{signs[kind].sign}</span>
    <span class="unseen">{signs[kind].word}:</span> {text}
  </li>
);

/** Made only once it is unfolded: it is long, and most people look at the charts. */
function ReadingsTable({ charts: { charts } }: { charts: Charts }): VNode {
  const [open, setOpen] = useState(false);
  const [longest] = charts.filter(({ id }) => id !== 'traffic');
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>The readings as a table</summary>
      {open && longest !== undefined ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse (WCAG 2.1.1).
        <section class="output" tabIndex={0} aria-label="Readings, newest first">
          <table class="readings">
            <thead>
              <tr>
                <th scope="col">Time</th>
                {columnsOf(charts).map(({ chart, side }) => (
                  <th scope="col" key={`${chart.id} ${side}`}>
                    {`${chart.title}, ${side}`}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {longest.times
                .map((time, index) => (
                  <tr key={time}>
                    <th scope="row">
                      <time dateTime={new Date(time).toISOString()} title={exact(time)}>
                        {clock(time)}
                      </time>
                    </th>
                    {columnsOf(charts).map(({ chart, side }) => (
                      <td key={`${chart.id} ${side}`}>{valueWords(chart.values[side][index] ?? null, chart.words)}</td>
                    ))}
                  </tr>
                ))
                .reverse()}
            </tbody>
          </table>
        </section>
      ) : null}
    </details>
  );
}

/** The shares have times of their own, and stand in the list of what happened. */
const columnsOf = (charts: Charts['charts']) =>
  charts.filter(({ id }) => id !== 'traffic').flatMap((chart) => sides.map((side) => ({ chart, side })));

const valueWords = (value: number | null, words: (value: number) => string): string =>
  value === null ? '–' : words(value);
