import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Chart, type Charts, type Mark, rangeWords, type Side, sides } from './charts.ts';
import { clock } from './time.ts';

const height = 132;
/** Between two times on the axis, in s: none below a second. */
const increments = [1, 5, 10, 15, 30, 60, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
const font = '12px system-ui, sans-serif';

interface PlotProps extends Pick<Charts, 'marks' | 'from' | 'to'> {
  readonly chart: Chart;
}

/** One chart with its name, what it shows at the cursor or at its end, and a picture that is told in words as well. */
export function Plot(props: PlotProps): VNode {
  const { chart } = props;
  const [at, setAt] = useState<number | null>(null);
  const figure = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  // What is drawn is asked for when it is drawn, which is also when the colours change.
  const now = useRef(props);
  now.current = props;
  const drawn = useRef<uPlot | null>(null);

  useEffect(() => {
    const [host, element] = [canvas.current, figure.current];
    if (host === null || element === null) return;
    const plot = new uPlot(optionsOf(element, host.clientWidth, now, setAt), dataOf(now.current.chart), host);
    drawn.current = plot;
    const sized = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height }));
    sized.observe(host);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => plot.redraw();
    dark.addEventListener('change', redraw);
    return () => {
      dark.removeEventListener('change', redraw);
      sized.disconnect();
      plot.destroy();
      drawn.current = null;
    };
  }, [chart.id]);
  useEffect(() => drawn.current?.setData(dataOf(chart)), [chart]);

  const index = at ?? chart.times.length - 1;
  return (
    <figure class="chart" ref={figure} aria-labelledby={`chart-${chart.id}`}>
      <figcaption>
        <strong id={`chart-${chart.id}`}>{chart.title}</strong>
        {chart.bounds === null ? null : <span class="limit">{chart.bounds.text}</span>}
        <span class="legend" aria-hidden="true">
          {sides.map((side) => {
            const value = chart.values[side][index] ?? null;
            return (
              <span key={side} class={`swatch ${side}`}>
                {side} <b>{value === null ? '–' : chart.words(value)}</b>
              </span>
            );
          })}
        </span>
      </figcaption>
      <div class="canvas" ref={canvas} role="img" aria-label={told(chart)} />
    </figure>
  );
}

const told = (chart: Chart): string =>
  [
    `${chart.title} over time${chart.bounds === null ? '' : `, ${chart.bounds.text}`}`,
    ...sides.map((side) => rangeWords(chart, side)).filter((text) => text !== null),
  ].join('; ');

/** uPlot counts in seconds. */
const dataOf = ({ times, values, bounds }: Chart): uPlot.AlignedData => [
  times.map((time) => time / 1_000),
  [...values.blue],
  [...values.green],
  times.map(() => bounds?.min ?? null),
  times.map(() => bounds?.max ?? null),
];

function optionsOf(
  figure: HTMLElement,
  width: number,
  now: { readonly current: PlotProps },
  setAt: (index: number | null) => void,
): uPlot.Options {
  const { chart } = now.current;
  // Custom properties are not resolved to colours; an element's own colour is.
  const colourOf = (selector: string) => getComputedStyle(figure.querySelector(selector) ?? figure).color;
  const line = () => getComputedStyle(figure).borderTopColor;
  const soft = () => colourOf('.canvas');
  const side = (name: Side): uPlot.Series => ({
    label: name,
    stroke: () => colourOf(`.swatch.${name}`),
    width: 2,
    // Colour is never the only sign.
    ...(name === 'green' ? { dash: [8, 3] } : {}),
    ...(chart.stepped && uPlot.paths.stepped !== undefined ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
    points: { show: chart.times.length < 2 },
    spanGaps: true,
  });
  const bound = (label: string): uPlot.Series => ({
    label,
    stroke: () => colourOf('.limit'),
    width: 1,
    dash: [2, 3],
    points: { show: false },
  });
  const axis = { stroke: soft, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } };
  return {
    width,
    height,
    // Room for the marks' numbers.
    padding: [16, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'operation' }, points: { size: 6 } },
    scales: {
      x: { range: () => [now.current.from / 1_000, Math.max(now.current.to, now.current.from + 1_000) / 1_000] },
      y: { range: (_, __, most) => [0, Math.max(now.current.chart.most ?? (most ?? 0) * 1.1, Number.MIN_VALUE)] },
    },
    axes: [
      {
        ...axis,
        space: 80,
        size: 28,
        incrs: increments,
        values: (_, splits) => splits.map((split) => clock(split * 1_000)),
      },
      { ...axis, size: 56, space: 28, values: (_, splits) => splits.map((split) => now.current.chart.words(split)) },
    ],
    series: [{}, side('blue'), side('green'), bound('at least'), bound('limit')],
    hooks: {
      draw: [(plot) => drawMarks(plot, now.current.marks, colourOf)],
      setCursor: [({ cursor }) => setAt(cursor.idx ?? null)],
    },
  };
}

/** A line for each mark, with its number in the list below the charts. */
function drawMarks(plot: uPlot, marks: readonly Mark[], colourOf: (selector: string) => string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.lineWidth = devicePixelRatio;
  ctx.textAlign = 'center';
  ctx.strokeStyle = ctx.fillStyle = colourOf('.canvas');
  let labelled = Number.NEGATIVE_INFINITY;
  for (const [index, { at }] of marks.entries()) {
    const x = Math.round(plot.valToPos(at / 1_000, 'x', true)) + 0.5;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // Two that are close to each other have one number to read.
    if (x - labelled < 12 * devicePixelRatio) continue;
    labelled = x;
    ctx.fillText(String(index + 1), Math.min(x, bbox.left + bbox.width - 4), bbox.top - 3 * devicePixelRatio);
  }
  ctx.restore();
}
