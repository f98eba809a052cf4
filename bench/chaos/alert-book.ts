// Takes what the analyzer posts, as an Alertmanager does, or fails to; and judges whether alerts were lost or flapped.
import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Answer } from './front.ts';
import { end, HOG, listen } from './made-up-host.ts';

const MAX_POSTS = 10_000;
const posted = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
  }),
);

/** One post of the alert that every case is about. */
export interface Post {
  /** Unix seconds; `at` by the clock of this program. */
  readonly at: number;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly severity: string;
}

export interface AlertBook {
  readonly url: string;
  break(how: Answer | undefined): void;
  /** Posts about the hog, oldest first. */
  posts(): readonly Post[];
  close(): Promise<void>;
}

export async function startAlertBook(): Promise<AlertBook> {
  let broken: Answer | undefined;
  const posts: Post[] = [];
  const server = createServer(async (asked, answer) => {
    if (broken !== undefined) return broken(asked, answer);
    if (asked.method === 'POST' && asked.url === '/api/v2/alerts')
      posts.push(...readPosts(await textOf(asked)).slice(0, MAX_POSTS - posts.length));
    answer.end('{}');
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    break(how) {
      broken = how;
    },
    posts: () => posts,
    close: () => end(server),
  };
}

async function textOf(asked: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function readPosts(body: string): Post[] {
  const at = Date.now() / 1000;
  const seconds = (text: string) => Date.parse(text) / 1000;
  return posted
    .parse(JSON.parse(body))
    .filter(({ labels }) => labels.group === HOG && labels.kind === 'cpu_saturation')
    .map(({ labels, startsAt, endsAt }) => ({
      ...{ at, startsAt: seconds(startsAt), endsAt: seconds(endsAt) },
      severity: labels.severity ?? '',
    }));
}

/** What is wrong with the posts of an alert that was there all the time; empty when nothing is. */
export function judgePosts(posts: readonly Post[], { since }: { since: number }): string[] {
  const beginnings = new Set(posts.map(({ startsAt }) => startsAt));
  const ended = posts.filter(({ at, endsAt }) => endsAt <= at);
  const after = posts.filter(({ at, endsAt }) => at >= since && endsAt > at);
  return [
    ...(beginnings.size > 1 ? [`the alert began ${beginnings.size} times`] : []),
    ...(ended.length > 0 ? [`the alert was said to be over ${ended.length} times`] : []),
    ...(after.length === 0 ? ['the alert was not sent again afterwards'] : []),
  ];
}
