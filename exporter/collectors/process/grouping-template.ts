// Names of groups as templates: the part of Go's text/template that process-exporter's users write.
import { NO_MEMBERSHIP } from './cgroup.ts';
import { baseName, type ProcessIdentity } from './interpreters.ts';

const PLACE = /\{\{-?\s*(?:\.([\w.]+)|index\s+\.Matches\s+(?:"([^"]*)"|`([^`]*)`))\s*-?\}\}/g;
const FIELDS = ['Comm', 'ExeBase', 'ExeFull', 'Username', 'Cgroups', 'Unit', 'Container'];
const CAPTURE = 'Matches.';

export interface TemplateValues {
  readonly identity: ProcessIdentity;
  readonly exeFull: string;
  /** Of the expressions that matched; with the key '' for the whole match where expressions are Go's. */
  readonly captures: ReadonlyMap<string, string>;
  /** What stands for a capture that there is not. */
  readonly missing?: string;
}

/** The name of a group. What has no value is empty, a capture that there is not is what `missing` says. */
export function fillTemplate(template: string, values: TemplateValues): string {
  const { captures, missing = '' } = values;
  return template.replace(PLACE, (...[, field, quoted, raw]: (string | undefined)[]) => {
    if (field === undefined) return captures.get(quoted ?? raw ?? '') ?? '';
    return fieldOf(field, values) ?? captures.get(captureName(field)) ?? missing;
  });
}

function fieldOf(field: string, values: TemplateValues): string | undefined {
  const { identity, exeFull, captures } = values;
  const { paths, unit, containerId } = identity.membership ?? NO_MEMBERSHIP;
  switch (field) {
    case 'Comm':
      return identity.comm;
    case 'ExeBase':
      return baseName(exeFull);
    case 'ExeFull':
      return exeFull;
    case 'Username':
      return identity.username;
    case 'Cgroups':
      return `[${paths.join(' ')}]`;
    case 'Unit':
      return unit ?? '';
    case 'Container':
      return identity.containerNames?.[0] ?? containerId?.slice(0, 12) ?? '';
    case 'PID':
      return identity.pid === undefined ? '' : String(identity.pid);
    case 'Matches':
      return goMap(captures);
    default:
      return undefined;
  }
}

/** As Go prints a map: `map[:whole name:value]`, sorted by key. */
function goMap(captures: ReadonlyMap<string, string>): string {
  const keys = [...captures.keys()].sort();
  return `map[${keys.map((key) => `${key}:${captures.get(key)}`).join(' ')}]`;
}

function captureName(field: string): string {
  return field.startsWith(CAPTURE) ? field.slice(CAPTURE.length) : field;
}

export interface TemplateCheck {
  readonly template: string;
  /** Names of the captures of the rule. */
  readonly captures: ReadonlySet<string>;
  /** Fields beyond the usual ones, such as PID. */
  readonly more?: readonly string[];
}

/** One sentence per mistake; none when the template can be filled. */
export function checkTemplate({ template, captures, more = [] }: TemplateCheck): string[] {
  const fields = [...FIELDS, ...more];
  const known = [...fields, ...[...captures].map((name) => `${CAPTURE}${name}`)];
  const dotted = known.map((name) => `.${name}`).join(', ');
  const problems: string[] = [];
  if (template.replace(PLACE, '').includes('{{')) {
    problems.push(`only plain fields such as {{.Comm}} can be used; known are ${dotted}`);
  }
  for (const [place, field, quoted, raw] of template.matchAll(PLACE)) {
    const name = field ?? `${CAPTURE}${quoted ?? raw}`;
    if (!known.includes(name)) problems.push(`${place} is not known here; known are ${dotted}`);
  }
  return problems;
}
