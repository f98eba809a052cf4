// The one way to say that something cannot be told.
import type { TextBlock } from './document.ts';

export function missing(what: string, reason: string): TextBlock {
  const sentence = reason.replace(/\.$/, '');
  return { kind: 'text', tone: 'dim', text: `${what}: not available. ${capital(sentence)}.` };
}

/** Names such as node_exporter stay as they are. */
function capital(text: string): string {
  return /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
