// A querier that asks for some hosts only: their names are put into every expression that says where they belong.
import type { Grid, Querier, Scope } from '../prometheus/querier.ts';

/** Stands for the hosts in an expression until it is sent. */
const PLACE = '$hosts';
const MATCHER = /instance="\$hosts",?/g;
/** VictoriaMetrics takes queries of 16 KiB, and others have their limits too: more hosts are asked for in turn. */
const MAX_QUERY_LENGTH = 12_000;

export interface HostQuerierOptions {
  readonly querier: Querier;
  /** The instances; undefined = all that the server has. */
  readonly hosts: () => readonly string[] | undefined;
  /** Whose series are looked after where an expression cannot say it. */
  readonly owns: Scope['owns'];
}

/** Answers of several queries are put together: what ranks or counts over hosts has to do so again. */
export function createHostQuerier({ querier, hosts, owns }: HostQuerierOptions): Querier {
  async function gather<T>(promql: string, ask: (text: string) => Promise<T[]>): Promise<T[]> {
    const texts = narrow(promql, hosts());
    const [first] = texts;
    if (texts.length === 1 && first !== undefined) return ask(first);
    const answers: T[] = [];
    for (const text of texts) for (const one of await ask(text)) answers.push(one);
    return answers;
  }
  return {
    scope: { labels: { instance: PLACE }, owns },
    instant: (promql, at) => gather(promql, (text) => querier.instant(text, at)),
    range: (promql: string, grid: Grid) => gather(promql, (text) => querier.range(text, grid)),
  };
}

/** The queries to send in place of one. An expression without the placeholder stays as it is; no hosts, no query. */
export function narrow(promql: string, hosts: readonly string[] | undefined): string[] {
  const places = promql.match(MATCHER)?.length ?? 0;
  if (places === 0) return [promql];
  if (hosts === undefined) return [promql.replace(MATCHER, '')];
  const room = Math.max(1, (MAX_QUERY_LENGTH - promql.length) / places);
  return batches(hosts.map(quoted), room).map((names) =>
    // By a function: a name may hold what stands for a match.
    promql.replace(MATCHER, () => `instance=~"${names.join('|')}",`),
  );
}

/** As a literal of a regular expression (RE2) inside a PromQL string. */
function quoted(instance: string): string {
  const literal = instance.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return JSON.stringify(literal).slice(1, -1);
}

/** Names in order, each batch as long as there is room for, but at least one. */
function batches(names: readonly string[], room: number): string[][] {
  const all: string[][] = [];
  let left = 0;
  for (const name of names) {
    const needed = name.length + 1;
    if (all.length === 0 || needed > left) {
      all.push([]);
      left = room;
    }
    all.at(-1)!.push(name);
    left -= needed;
  }
  return all;
}
