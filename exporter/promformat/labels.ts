// Labels and help texts as the text format 0.0.4 escapes them.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information
import type { Labels } from './family.ts';

/** `{a="b",c="d"}` in the order of the keys, nothing at all without labels. */
export function formatLabels(labels: Labels): string {
  let text = '';
  for (const name in labels) {
    text += `${text === '' ? '{' : ','}${name}="${escapeLabelValue(labels[name]!)}"`;
  }
  return text === '' ? '' : `${text}}`;
}

/**
 * Backslash, quote and line feed are escaped. NUL ends Prometheus' lexer and would cost the whole scrape, and a lone
 * surrogate is no UTF-8: both become U+FFFD.
 */
export function escapeLabelValue(value: string): string {
  if (!/["\\\n\0\uD800-\uDFFF]/.test(value)) return value;
  return value
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
    .replace(/["\\]/g, '\\$&')
    .replaceAll('\n', '\\n');
}

/** Help text: backslash and line feed are escaped, quotes stay. */
export function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
