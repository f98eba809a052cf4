// The values of a chart as a table: for those who do not see it, or want the numbers.
import { quantityText } from '../data/text.ts';
import type { ChartProps } from './chart.tsx';
import { Clock } from './words.tsx';

const ROWS = 24;

type Values = readonly (number | null)[];

export function ChartTable({ times, lines, bands, unit }: ChartProps) {
  const every = Math.max(1, Math.ceil(times.length / ROWS));
  const rows = times
    .map((time, index) => ({ time, index }))
    .filter(({ index }) => (times.length - 1 - index) % every === 0);
  const told = (values: Values, index: number) => quantityText(values[index], unit);
  return (
    <details className="values">
      <summary>Values as a table</summary>
      <div className="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {[...lines, ...bands].map(({ label }) => (
                <th scope="col" key={label}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ time, index }) => (
              <tr key={time}>
                <td>
                  <Clock time={time} />
                </td>
                {lines.map(({ label, values }) => (
                  <td key={label}>{told(values, index)}</td>
                ))}
                {bands.map(({ label, lower, upper }) => (
                  <td key={label}>
                    {lower[index] == null ? '–' : `${told(lower, index)} – ${told(upper, index)}`}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
