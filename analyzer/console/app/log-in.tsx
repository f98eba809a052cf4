// The way in, where the analyzer is not open to everybody: single sign-on, or a token.
import { type FormEvent, useState } from 'react';
import { post } from './data/api.ts';
import { useViewer } from './data/context.ts';
import type { Me } from './data/viewer.ts';
import { Problem } from './parts/words.tsx';

export function LogIn({ me }: { me: Me }) {
  return (
    <main className="log-in">
      <h1>Latency Guard</h1>
      <p>Log in to see what this analyzer knows.</p>
      {me.login.oidc && (
        <a className="button primary" href={`/auth/login?return_to=${encodeURIComponent('/')}`}>
          Single sign-on
        </a>
      )}
      {me.login.token && <TokenForm />}
      {!me.login.oidc && !me.login.token && (
        <p>
          Nobody can log in here: neither tokens nor single sign-on are configured. Open the page on
          the analyzer’s own machine, or configure one of them.
        </p>
      )}
    </main>
  );
}

/** The token is exchanged for a cookie that scripts cannot read; the page keeps nothing. */
export function TokenForm() {
  const { refresh } = useViewer();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<Error>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    post('/auth/session', { token }, null).then(
      () => {
        setToken('');
        refresh().catch(setProblem);
      },
      (error: Error) => setProblem(error),
    );
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        required
        value={token}
        onChange={({ target }) => setToken(target.value)}
      />
      <Problem error={problem} />
      <button type="submit" className="primary">
        Log in
      </button>
    </form>
  );
}
