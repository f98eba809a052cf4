// Labels in parameters: a label comes from outside, so it is a word of few characters or the action does not run.
import type { Labels } from '../series/labels.ts';

/** No white space, quote, slash, brace or sign of a shell, and no dash in front: never an option, a path or code. */
const SAFE_VALUE = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,252}$/;
const PLACE = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;
const MAX_DEPTH = 8;

export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

/** Fills `{{label}}` in every text of a value; keys stay as they are. @throws {TemplateError} on a missing or unsafe label. */
export function fillTemplates(value: unknown, labels: Labels, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new TemplateError(`parameters are nested deeper than ${MAX_DEPTH}`);
  if (typeof value === 'string') return fillText(value, labels);
  if (Array.isArray(value)) return value.map((part) => fillTemplates(part, labels, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, part]) => [key, fillTemplates(part, labels, depth + 1)]),
  );
}

/** @throws {TemplateError} */
export function fillText(text: string, labels: Labels): string {
  return text.replace(PLACE, (_place, name: string) => {
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (value === undefined) throw new TemplateError(`the alert has no label ${name}`);
    if (!SAFE_VALUE.test(value) || value.includes('..')) {
      throw new TemplateError(`label ${name} has characters that are not let into an action`);
    }
    return value;
  });
}

/** `host` is the instance without its port. */
export function withHost(labels: Labels): Labels {
  if (labels.host !== undefined || labels.instance === undefined) return labels;
  return { ...labels, host: hostOf(labels.instance) };
}

export function hostOf(instance: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(instance)?.[1];
  return bracketed ?? instance.replace(/^([^:]+):\d+$/, '$1');
}
