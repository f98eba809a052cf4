// A text of a dry run, in which added and removed lines stand out; a long one is cut until it is asked for.
import { useMemo, useState } from 'react';

const SHOWN_LINES = 60;
/** What a page can hold; the rest is in the API's answer. */
const MAX_LINES = 5_000;

export function Diff({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const lines = useMemo(() => toLines(text), [text]);
  const shown = lines.slice(0, isWhole ? MAX_LINES : SHOWN_LINES);
  return (
    <div className="diff">
      <pre>
        {shown.map(({ number, line }) => (
          <span key={number} className={classOf(line)}>
            {line}
            {'\n'}
          </span>
        ))}
        {isWhole && lines.length > MAX_LINES && `… and ${lines.length - MAX_LINES} more lines`}
      </pre>
      {!isWhole && lines.length > SHOWN_LINES && (
        <button type="button" className="small" onClick={() => setWhole(true)}>
          Show all {lines.length} lines
        </button>
      )}
    </div>
  );
}

function toLines(text: string): { readonly number: number; readonly line: string }[] {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line, index) => ({ number: index + 1, line }));
}

function classOf(line: string): string {
  if (/^(\+\+\+|---)/.test(line)) return 'file';
  if (line.startsWith('@@')) return 'place';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : '';
}
