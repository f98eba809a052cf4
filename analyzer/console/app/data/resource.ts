// One answer of the API as React state: asked when the page is there, asked again when the analyzer says that it has changed.
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { ApiError, ask } from './api.ts';
import { useLive } from './context.ts';
import type { Topic } from './live.ts';

/** Busy, or for a moment not there: asked again by itself. */
const RETRY_MS = 5_000;

export interface Resource<T> {
  /** The last good answer; it stays while a later one fails. */
  readonly data: T | undefined;
  /** Why the last attempt failed. */
  readonly problem: Error | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

interface Held<T> {
  readonly path: string | undefined;
  readonly data: T | undefined;
  readonly problem: Error | undefined;
}

/** @param path undefined = nothing to ask now. */
export function useResource<T>(path: string | undefined, topic?: Topic): Resource<T> {
  const live = useLive();
  const version = useSyncExternalStore(live.watch, () => (topic ? live.versionOf(topic) : 0));
  const [held, setHeld] = useState<Held<T>>({ path, data: undefined, problem: undefined });
  const [attempt, setAttempt] = useState(0);
  const reload = useCallback(() => setAttempt((before) => before + 1), []);
  const turn = `${version}.${attempt}`;
  useEffect(() => {
    if (path === undefined || turn === '') return;
    const abort = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    ask<T>(path, { signal: abort.signal }).then(
      (data) => setHeld({ path, data, problem: undefined }),
      (problem: Error) => {
        if (abort.signal.aborted) return;
        const keep = (before: Held<T>) => (before.path === path ? before.data : undefined);
        setHeld((before) => ({ path, data: keep(before), problem }));
        if (!(problem instanceof ApiError) || problem.status >= 500)
          retry = setTimeout(reload, RETRY_MS);
      },
    );
    return () => {
      abort.abort();
      clearTimeout(retry);
    };
  }, [path, turn, reload]);
  const own = held.path === path ? held : { data: undefined, problem: undefined };
  const isLoading = path !== undefined && own.data === undefined && own.problem === undefined;
  return { data: own.data, problem: own.problem, isLoading, reload };
}
