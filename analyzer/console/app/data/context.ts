// What every part of the page may need: the live connection and who looks at it.
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { FindingsAnswer } from './answers.ts';
import { type Connection, createLive, type Live } from './live.ts';
import type { Resource } from './resource.ts';
import { NOBODY, type Viewer } from './viewer.ts';

export const LiveContext = createContext<Live>(createLive());
export const ViewerContext = createContext<Viewer>(NOBODY);
/** Asked once for the whole page: they can be megabytes. */
export const FindingsContext = createContext<Resource<FindingsAnswer>>({
  data: undefined,
  problem: undefined,
  isLoading: true,
  reload() {},
});

export function useFindings(): Resource<FindingsAnswer> {
  return useContext(FindingsContext);
}

export function useLive(): Live {
  return useContext(LiveContext);
}

export function useViewer(): Viewer {
  return useContext(ViewerContext);
}

export function useConnection(): Connection {
  const live = useLive();
  return useSyncExternalStore(live.watch, live.connection);
}
