// The combined and common formats of nginx and Apache, with whatever fields follow; the last one may be the time of the request.
// Source: https://nginx.org/en/docs/http/ngx_http_log_module.html, https://httpd.apache.org/docs/current/mod/mod_log_config.html
import {
  inSeconds,
  methodOf,
  type ParseAccessLogLine,
  parseAmount,
  parseStatus,
  presence,
  type TimeUnit,
} from './entry.ts';

const QUOTE = 34;
const BACKSLASH = 92;
/** `$request_time` alone, quoted, or with a name in front: `0.012`, `"0.012"`, `rt=0.012`. */
const LAST_FIELD = /(?:^|\s)(?:[\w-]+=)?"?([\d.]+)"?$/;

/** One pass, no backtracking: what a client sends cannot make it slow. */
export function createCombinedParser(unit: TimeUnit): ParseAccessLogLine {
  return (line) => {
    const addressEnd = line.indexOf(' ');
    // The user name may contain spaces and brackets, so the time is found by what surrounds it.
    const timeStart = line.indexOf(' [', addressEnd);
    const timeEnd = line.indexOf('] "', timeStart);
    if (addressEnd < 1 || timeStart === -1 || timeEnd === -1) return undefined;
    const requestStart = timeEnd + 3;
    const requestEnd = endOfQuoted(line, requestStart);
    if (requestEnd === -1) return undefined;
    const [, statusText, bytesText, ...others] = line.slice(requestEnd + 1).split(' ', 4);
    const status = parseStatus(statusText);
    const responseBytes = bytesText === '-' ? 0 : parseAmount(bytesText);
    if (status === undefined || responseBytes === undefined) return undefined;
    return {
      status,
      method: methodOf(line.slice(requestStart, requestEnd)),
      responseBytes,
      seconds: others.length === 0 ? undefined : inSeconds(lastField(line, requestEnd), unit),
      session: presence(line.slice(0, addressEnd)),
    };
  };
}

/** Index of the quote that ends what began at `start`; -1 when there is none. Both servers escape: `\"`, `\x22`. */
function endOfQuoted(line: string, start: number): number {
  for (let index = start; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    if (code === BACKSLASH) index += 1;
    else if (code === QUOTE) return index;
  }
  return -1;
}

/** The number behind referer and user agent, when something is there. */
function lastField(line: string, requestEnd: number): number | undefined {
  let position = requestEnd + 1;
  for (let quoted = 0; quoted < 2; quoted += 1) {
    const start = line.indexOf('"', position);
    const end = start === -1 ? -1 : endOfQuoted(line, start + 1);
    if (end === -1) return undefined;
    position = end + 1;
  }
  return parseAmount(LAST_FIELD.exec(line.slice(position))?.[1]);
}
