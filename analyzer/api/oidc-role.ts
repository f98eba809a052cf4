// What a person may do here, by the groups that the identity provider tells.
import type { Role } from '../remediation/config.ts';
import type { OidcConfig } from './auth-config.ts';

const EVERYBODY = '*';

/** The highest role that one of the groups has; undefined = no access. */
export function roleOf(
  claims: Readonly<Record<string, unknown>>,
  { groups_claim, allowed_groups, roles }: OidcConfig,
): Role | undefined {
  const groups = groupsOf(claims, groups_claim);
  const isIn = (wanted: readonly string[]) =>
    wanted.some((group) => group === EVERYBODY || groups.includes(group));
  if (allowed_groups.length > 0 && !isIn(allowed_groups)) return undefined;
  return (['admin', 'operator', 'viewer'] as const).find((role) => isIn(roles[role]));
}

/** Names of claims may be addresses, with dots in them: the whole name comes first, then the way into objects. */
function groupsOf(claims: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : follow(claims, name.split('.'));
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return [];
  return value.filter((group): group is string => typeof group === 'string');
}

function follow(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}
