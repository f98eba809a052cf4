// The one connection over which the analyzer says what has changed; it is lost loudly and comes back by itself.
const PATH = '/api/v1/events';
/** The server says something every 10 s. */
const SILENCE_MS = 30_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000] as const;

const TOPICS = ['status', 'findings', 'forecasts', 'anomalies', 'actions'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Connection {
  readonly state: 'connecting' | 'live' | 'lost';
  /** Unix seconds since when it is in this state. */
  readonly since: number;
}

export interface Live {
  /** Answers how to stop. Connects with the first listener and hangs up after the last. */
  watch(listener: () => void): () => void;
  connection(): Connection;
  /** Another number once the topic has changed. */
  versionOf(topic: Topic): number;
  /** After a change of one's own: nobody has to wait for the event. */
  touch(...topics: readonly Topic[]): void;
}

export function createLive(): Live {
  const listeners = new Set<() => void>();
  const versions = new Map<Topic, number>();
  /** What has changed while nobody looked at the page. */
  const unseen = new Set<Topic>();
  let connection: Connection = { state: 'connecting', since: Date.now() / 1000 };

  const tell = () => {
    for (const listener of listeners) listener();
  };
  const versionOf = (topic: Topic) => versions.get(topic) ?? 0;
  const touch = (...topics: readonly Topic[]) => {
    for (const topic of topics) versions.set(topic, versionOf(topic) + 1);
    tell();
  };
  const changed = (topics: readonly Topic[]) => {
    if (!document.hidden) touch(...topics);
    else for (const topic of topics) unseen.add(topic);
  };
  const line = createLine({
    changed,
    become(state) {
      if (connection.state === state) return;
      connection = { state, since: Date.now() / 1000 };
      tell();
    },
  });
  const catchUp = () => {
    if (document.hidden) return;
    touch(...unseen);
    unseen.clear();
  };

  return {
    connection: () => connection,
    versionOf,
    touch,
    watch(listener) {
      listeners.add(listener);
      if (listeners.size === 1) {
        document.addEventListener('visibilitychange', catchUp);
        line.connect();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        document.removeEventListener('visibilitychange', catchUp);
        line.hangUp();
      };
    },
  };
}

interface LineOptions {
  readonly changed: (topics: readonly Topic[]) => void;
  readonly become: (state: Connection['state']) => void;
}

function createLine({ changed, become }: LineOptions) {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function connect(): void {
    hangUp();
    const own = new EventSource(PATH);
    source = own;
    expectSign();
    own.addEventListener('hello', () => {
      // What was asked before a loss may be old; what the page asked at its start is not.
      if (failures > 0) changed(TOPICS);
      failures = 0;
      become('live');
      expectSign();
    });
    own.addEventListener('changed', (event: MessageEvent) => {
      changed(topicsOf(event));
      expectSign();
    });
    own.addEventListener('beat', expectSign);
    own.addEventListener('error', lose);
  }
  function hangUp(): void {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }
  /** A connection may also die without a word: a laptop that slept, a proxy that forgot. */
  function expectSign(): void {
    clearTimeout(timer);
    timer = setTimeout(lose, SILENCE_MS);
  }
  function lose(): void {
    hangUp();
    become('lost');
    timer = setTimeout(connect, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  }
  return { connect, hangUp };
}

function topicsOf({ data }: MessageEvent): Topic[] {
  return JSON.parse(String(data)) as Topic[];
}
