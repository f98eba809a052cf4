// Which incident is about which problem: by the id that we gave it, else by host and time.
import type { Incident, MatchedIncident, Problem } from './report-data.ts';

/** An incident is opened after the trouble begins, by people who saw it some time later. */
const BEFORE_SECONDS = 15 * 60;
const AFTER_SECONDS = 2 * 3_600;

/** @param idOf the correlation id that a ticket of this problem would have. */
export function matchIncidents(
  incidents: readonly Incident[],
  problems: readonly Problem[],
  idOf: (problem: Problem) => string,
): MatchedIncident[] {
  return incidents.map((incident) => {
    const { correlationId } = incident;
    const named = problems.find((one) => correlationId !== '' && idOf(one) === correlationId);
    if (named !== undefined) return { ...incident, problem: named, matchedBy: 'correlation_id' };
    const meant = problems.find((one) => isNear(incident, one) && namesHost(incident, one));
    return { ...incident, problem: meant, matchedBy: meant === undefined ? undefined : 'time' };
  });
}

function isNear({ opened }: Incident, { first, last }: Problem): boolean {
  return opened >= first - BEFORE_SECONDS && opened <= last + AFTER_SECONDS;
}

/** By its name without port and domain, as a whole word: `web1` is not in `web10`. */
function namesHost({ item, title }: Incident, { labels }: Problem): boolean {
  const host = (labels.instance ?? '').replace(/:\d+$/, '');
  const short = /^[\d.]+$/.test(host) ? host : (host.split('.')[0] ?? '');
  if (short === '') return false;
  const words = `${item} ${title}`.toLowerCase().split(/[^\w.-]+/);
  return words.some((word) => {
    const bare = word.replace(/[.]+$/, '');
    return (
      bare === short.toLowerCase() ||
      bare === host.toLowerCase() ||
      bare.startsWith(`${short.toLowerCase()}.`)
    );
  });
}
