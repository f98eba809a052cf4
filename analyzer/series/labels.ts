// The identity of a time series.

export type Labels = Readonly<Record<string, string>>;

/** A text that is equal for equal label sets, whatever the order of their keys. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The labels without some names, and without `__name__`. */
export function withoutLabels(labels: Labels, ...names: readonly string[]): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) => name !== '__name__' && !names.includes(name)),
  );
}
