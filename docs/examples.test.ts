// What the pages show to copy is taken by the programs, and their links lead somewhere.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { configSchema } from '../analyzer/config.ts';
import { playbookSchema } from '../analyzer/remediation/playbook.ts';
import { parseConfig } from '../service/config.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The texts of fenced blocks in this language. */
function blocks(file: string, language: string): string[] {
  const found = read(file).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
  return [...found].map(([, text]) => text ?? '');
}

test('the autoscaling example of cloud.md is one that the analyzer takes', () => {
  const [config = '', playbook = ''] = blocks('docs/cloud.md', 'yaml');
  const { remediation } = parseConfig(configSchema, config, 'analyzer.yml');
  const { name, mode, action } = parseConfig(playbookSchema, playbook, 'scale_out.yml');
  assert.ok(action);
  assert.deepEqual([name, mode, action.executor], ['scale_out', 'approve', 'webhook']);
  const { url } = action.parameters as { url: string };
  assert.ok(remediation.allow.webhooks.some((base) => url.startsWith(`${base}/`)));
});

test('the jobs of kubernetes.md are ones that Prometheus takes', () => {
  const text = blocks('docs/kubernetes.md', 'yaml').find((each) => each.includes('scrape_configs'));
  assert.ok(text);
  const folder = mkdtempSync(join(tmpdir(), 'guard-docs-'));
  try {
    const file = join(folder, 'prometheus.yml');
    // Debian builds Prometheus without the discovery of Kubernetes; the rest of each job is checked.
    writeFileSync(
      file,
      text.replaceAll('kubernetes_sd_configs: [{role: pod}]', 'static_configs: []'),
    );
    const { status, stderr } = spawnSync('promtool', ['check', 'config', '--syntax-only', file]);
    assert.equal(status, 0, String(stderr));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every YAML block of the pages on clouds, clusters and proxies parses', () => {
  const files = ['docs/cloud.md', 'docs/kubernetes.md', 'docs/proxy.md'];
  const texts = files.flatMap((file) => blocks(file, 'yaml'));
  assert.ok(texts.length > 4);
  for (const text of texts) assert.doesNotThrow(() => parse(text), text);
});

test('links between files of the repository lead somewhere', () => {
  const files = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT })];
  assert.ok(files.length > 20);
  const broken = files.flatMap((file) =>
    linksOf(read(file))
      .filter((target) => !existsSync(join(ROOT, dirname(file), target)))
      .map((target) => `${file}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return [...prose.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, target]) => target ?? '');
}

test('a link that leads nowhere is found, one in code or to another site is not', () => {
  const text = 'See [a](missing.md#x), [b](https://example.org).\n```\n[c](code.md)\n```\n';
  assert.deepEqual(linksOf(text), ['missing.md']);
});
