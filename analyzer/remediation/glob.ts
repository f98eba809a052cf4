// Names with `*` for any characters, the one pattern of allow-lists and of a playbook's match.

const MAX_TEXT_CHARS = 1_024;

/** Whole text against the pattern, in O(pattern × text) whatever either contains. */
export function matchesGlob(pattern: string, text: string): boolean {
  if (text.length > MAX_TEXT_CHARS) return false;
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.endsWith(last) && text.length - last.length >= from;
}

export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}
