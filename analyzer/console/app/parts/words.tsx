// Small words of every page: badges, meters, times, what is missing and what went wrong.
import type { ReactNode } from 'react';
import { ApiError } from '../data/api.ts';
import { useNow } from '../data/clock.ts';
import { agoText, clockText, percentText } from '../data/text.ts';

export type Tone = 'critical' | 'warning' | 'info' | 'good' | 'quiet';

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** A share of 1 as a bar; the number beside it is what counts for those who do not see the bar. */
export function Meter({ ratio, tone, label }: { ratio: number; tone: Tone; label: string }) {
  const width = `${Math.round(Math.max(0, Math.min(1, ratio)) * 100)}%`;
  return (
    <span className={`meter ${tone}`} title={`${label} ${percentText(ratio)}`} aria-hidden="true">
      <span style={{ width }} />
    </span>
  );
}

/** `3 min ago` with the exact time behind it. @param time Unix seconds */
export function Ago({ time }: { time: number }) {
  const now = useNow();
  const date = new Date(time * 1000);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {agoText(time, now)}
    </time>
  );
}

export function Clock({ time, withSeconds = false }: { time: number; withSeconds?: boolean }) {
  const date = new Date(time * 1000);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {clockText(time, Date.now() / 1000, withSeconds)}
    </time>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** What was asked, what was answered; the old data, if any, stays on the page beside it. */
export function Problem({ error }: { error: Error | undefined }) {
  if (error === undefined) return null;
  const title = error instanceof ApiError ? error.title : 'The analyzer does not answer';
  return (
    <p className="problem" role="alert">
      <strong>{title}.</strong> {error.message}
    </p>
  );
}

export function Loading() {
  return (
    <p className="loading" role="status">
      Loading…
    </p>
  );
}

/** A heading and what belongs to it; nothing at all without content. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
