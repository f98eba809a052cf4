// A claim with the PromQL that shows it: to read, to copy, to open.
import { useEffect, useState } from 'react';
import type { Evidence } from '../data/answers.ts';
import { useLinks } from '../data/links.ts';

const TOLD_MS = 1_500;

export function Claims({ claims }: { claims: readonly Evidence[] }) {
  return (
    <ul className="claims">
      {claims.map(({ text, promql }) => (
        <li key={`${text} ${promql}`}>
          <span>{text}</span>
          {promql !== '' && <Promql promql={promql} about={text} />}
        </li>
      ))}
    </ul>
  );
}

/** @param about what the query shows, for those who hear only the name of the button */
export function Promql({ promql, about }: { promql: string; about: string }) {
  const { prometheus } = useLinks();
  return (
    <details className="promql">
      <summary>
        PromQL<span className="unseen"> of: {about}</span>
      </summary>
      <code>{promql}</code>
      <CopyButton text={promql} about={`PromQL of: ${about}`} />
      {prometheus !== null && (
        <a href={graphUrl(prometheus, promql)} target="_blank" rel="noreferrer">
          Open in Prometheus<span className="unseen">: {about}</span>
        </a>
      )}
    </details>
  );
}

export function CopyButton({ text, about }: { text: string; about: string }) {
  const [told, setTold] = useState<string>();
  useEffect(() => {
    if (told === undefined) return undefined;
    const timer = setTimeout(() => setTold(undefined), TOLD_MS);
    return () => clearTimeout(timer);
  }, [told]);
  const copy = () => {
    // Without TLS a browser offers no clipboard: the text can still be marked and copied by hand.
    const copied =
      navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
    copied.then(
      () => setTold('Copied'),
      () => setTold('Mark the text and copy it'),
    );
  };
  return (
    <button type="button" className="small" onClick={copy} aria-label={`Copy ${about}`}>
      <span aria-live="polite">{told ?? 'Copy'}</span>
    </button>
  );
}

function graphUrl(prometheus: string, promql: string): string {
  const base = prometheus.replace(/\/+$/, '');
  return `${base}/graph?g0.expr=${encodeURIComponent(promql)}&g0.tab=0&g0.range_input=1h`;
}
