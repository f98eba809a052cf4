// The value that flows from collectors to /metrics: metric families as Prometheus' data model defines them.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** What `formatLineStart` makes of it, by those who keep it from scrape to scrape: escaping and joining cost. */
  readonly lineStart?: string;
  /** The whole line with its end, by those who keep a sample whose value does not change. */
  readonly line?: string;
  /** Set only on the samples of a histogram. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

/** A number is one sample without labels; undefined is a family without samples, which is not rendered. */
export type SampleValues = readonly Sample[] | number | undefined;

/** A counter family; the name ends in `_total`. */
export function counter(name: string, help: string, values: SampleValues): MetricFamily {
  return { name, help, type: 'counter', samples: toSamples(values) };
}

/** A gauge family. */
export function gauge(name: string, help: string, values: SampleValues): MetricFamily {
  return { name, help, type: 'gauge', samples: toSamples(values) };
}

function toSamples(values: SampleValues): readonly Sample[] {
  if (values === undefined) return [];
  return typeof values === 'number' ? [{ labels: {}, value: values }] : values;
}
