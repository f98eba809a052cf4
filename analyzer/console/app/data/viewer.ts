// Who looks at the page, what that person may do, and the proof that a request comes from this page.
import { useCallback, useEffect, useMemo, useState } from 'react';
import { ApiError, ask, post } from './api.ts';

const RETRY_MS = 3_000;

export interface Me {
  readonly name: string | null;
  readonly role: 'viewer' | 'operator' | 'admin' | 'alertmanager' | null;
  readonly via: 'local' | 'token' | 'session' | 'password' | 'anonymous';
  readonly csrfToken: string | null;
  readonly login: { readonly oidc: boolean; readonly token: boolean };
  readonly mayRead: boolean;
}

export interface Viewer {
  /** Undefined until the analyzer has said it. */
  readonly me: Me | undefined;
  /** Approve, deny, pause, label. */
  readonly mayOperate: boolean;
  /** Resume. */
  readonly mayAdminister: boolean;
  /** Sends something that changes; asks once more for the proof when the analyzer knows it no longer. */
  readonly send: <T>(path: string, body: unknown) => Promise<T | undefined>;
  readonly refresh: () => Promise<void>;
}

export const NOBODY: Viewer = {
  me: undefined,
  mayOperate: false,
  mayAdminister: false,
  send: () => Promise.reject(new Error('Nobody is logged in')),
  refresh: () => Promise.resolve(),
};

export function useViewerState(): Viewer {
  const [me, setMe] = useState<Me>();
  const [attempt, setAttempt] = useState(0);
  const load = useCallback(async () => {
    const answer = await ask<Me>('/api/v1/me');
    setMe(answer);
    return answer;
  }, []);
  useEffect(() => {
    let retry: ReturnType<typeof setTimeout> | undefined;
    load().catch(() => {
      retry = setTimeout(() => setAttempt(attempt + 1), RETRY_MS);
    });
    return () => clearTimeout(retry);
  }, [load, attempt]);
  const token = me?.csrfToken ?? null;
  return useMemo(() => {
    const role = token === null ? null : me?.role;
    return {
      me,
      mayOperate: role === 'operator' || role === 'admin',
      mayAdminister: role === 'admin',
      async refresh() {
        await load();
      },
      async send<T>(path: string, body: unknown): Promise<T | undefined> {
        try {
          return await post<T>(path, body, token);
        } catch (error) {
          if (!(error instanceof ApiError) || error.reason !== 'csrf') throw error;
          return post<T>(path, body, (await load()).csrfToken);
        }
      },
    };
  }, [me, token, load]);
}
