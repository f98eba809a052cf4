// The parser of one log, by the format that the configuration says it has.
import { createCombinedParser } from './combined.ts';
import type { AccessLogConfig } from './config.ts';
import type { ParseAccessLogLine } from './entry.ts';
import { createJsonParser, createRegexParser } from './formats.ts';

/** The parser that a log of the configuration asks for. */
export function createParser(entry: AccessLogConfig[number]): ParseAccessLogLine {
  const options = { unit: entry.time_unit, session: entry.sessions?.by };
  switch (entry.format) {
    case 'combined':
      return createCombinedParser(entry.time_unit);
    case 'json':
      return createJsonParser(entry.fields, options);
    case 'regex':
      return createRegexParser(entry.pattern.compiled, options);
  }
}
