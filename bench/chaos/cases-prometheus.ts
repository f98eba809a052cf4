// A Prometheus, a proxy or a network that fails in every way that we have heard of.
import type { ChaosCase } from './case.ts';
import {
  type Answer,
  drips,
  floods,
  hangs,
  redirects,
  resets,
  says,
  status,
  talksNonsense,
  truncates,
} from './front.ts';

const FLOOD_MEGABYTES = 200;
const FEW_SECONDS = 5;
const MALFORMED = /reason="malformed"|not that of Prometheus/;

export const PROMETHEUS_CASES: readonly ChaosCase[] = [
  broken('prometheus-500', 'every query answers 500', [status(500), /HTTP 500/]),
  broken('prometheus-503', 'every query answers 503', [status(503), /HTTP 503/]),
  broken('prometheus-429', 'every query answers 429', [status(429), /HTTP 429/]),
  broken('prometheus-401', 'somebody has put a password on it', [status(401, ''), /HTTP 401/]),
  broken('prometheus-html', 'a proxy answers 200 and a page', [
    says('<html>login</html>', 'text/html'),
    MALFORMED,
  ]),
  broken('prometheus-nonsense', 'JSON of the right outline, the wrong content', [
    talksNonsense(),
    MALFORMED,
  ]),
  broken('prometheus-truncated', 'answers end in the middle', [
    truncates,
    /aborted|stream|malformed|hang up/,
  ]),
  broken('prometheus-resets', 'every connection is reset', [resets, /hang up|ECONNRESET/]),
  broken('prometheus-hangs', 'requests are taken and never answered', [hangs, /timeout|exceeded/]),
  broken('prometheus-drips', 'one byte each 100 ms, for ever', [drips, /timeout|exceeded|aborted/]),
  broken('prometheus-redirects', 'every answer leads to itself', [redirects, /redirect/]),
  broken('prometheus-floods', `answers of ${FLOOD_MEGABYTES} MB`, [
    floods(FLOOD_MEGABYTES),
    /too large|query_malformed|reason="timeout"|no answer in time/,
  ]),
  broken('prometheus-bomb', `answers of ${FLOOD_MEGABYTES} MB, compressed`, [
    floods(FLOOD_MEGABYTES, true),
    /too large|query_malformed|reason="timeout"|no answer in time/,
  ]),
  {
    name: 'prometheus-stopped',
    about: 'SIGSTOP of the server: connections are made, nothing is answered',
    seconds: 6,
    async inflict({ prometheus }) {
      process.kill(prometheus.pid, 'SIGSTOP');
      return () => void process.kill(prometheus.pid, 'SIGCONT');
    },
    reason: /timeout|exceeded/,
  },
];

function broken(
  name: string,
  about: string,
  [answer, reason]: readonly [Answer, RegExp],
): ChaosCase {
  return {
    ...{ name, about, seconds: FEW_SECONDS, reason },
    async inflict({ front }) {
      front.break(answer);
      return () => front.break(undefined);
    },
  };
}
