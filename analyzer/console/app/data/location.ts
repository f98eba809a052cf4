// Where the reader is, in the part of the address behind `#`: every page and every choice on it can be linked.
import { useCallback, useSyncExternalStore } from 'react';

export interface Place {
  /** Such as `forecasts` or `actions/audit`. */
  readonly page: string;
  readonly choices: URLSearchParams;
}

/** `#/forecasts?signal=host_cpu` → page and choices. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { page: path === '' ? 'now' : path, choices: new URLSearchParams(query) };
}

export function linkTo(page: string, choices: Readonly<Record<string, string | undefined>> = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(choices))
    if (value !== undefined && value !== '') search.set(name, value);
  const query = search.toString();
  return `#/${page}${query === '' ? '' : `?${query}`}`;
}

export function usePlace(): Place {
  return parsePlace(useSyncExternalStore(onHashChange, () => window.location.hash));
}

/** One choice of the page; setting it keeps the others and is no new entry of the browser's history. */
export function useChoice(name: string): [string, (value: string) => void] {
  const { page, choices } = usePlace();
  const value = choices.get(name) ?? '';
  const set = useCallback(
    (next: string) => {
      const { choices: current } = parsePlace(window.location.hash);
      const all = { ...Object.fromEntries(current), [name]: next };
      window.history.replaceState(null, '', linkTo(page, all));
      window.dispatchEvent(new HashChangeEvent('hashchange'));
    },
    [name, page],
  );
  return [value, set];
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
