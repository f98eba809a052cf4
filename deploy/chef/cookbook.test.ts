// Chef itself is not there: its Ruby and templates are compiled by a real Ruby, and what refers to something has to find it.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import {
  type BareRoot,
  INSTALLATION_TIMEOUT_MS,
  openBareRoot,
  whyNoBareRoot,
} from '../package/bare-root.contract.ts';

const COOKBOOK = join(import.meta.dirname, 'latency_guard');
const skip = whyNoBareRoot();
const options = { skip, timeout: INSTALLATION_TIMEOUT_MS };
let root: BareRoot | undefined;
after(() => root?.close());

const find = (pattern: string) => globSync(pattern, { cwd: import.meta.dirname }).sort();
const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8');

test('Ruby compiles every recipe, attribute, template and test', options, () => {
  root = openBareRoot({ binds: { '/mnt/chef': import.meta.dirname } });
  mkdirSync(join(root.folder, 'mnt/chef'));
  const ruby = find('**/*.rb');
  assert.ok(ruby.length >= 12, String(ruby));
  for (const file of ruby)
    assert.equal(root.expect(['ruby', '-wc', `/mnt/chef/${file}`]), 'Syntax OK\n', file);
  const render = 'puts ERB.new(File.read(ARGV[0]), trim_mode: "-").result(binding)';
  const values =
    '@config = {"a" => {"b" => 1}}; @flags = %w(--x --y); @targets = {"w" => {"address" => "w:1", "labels" => {}}}';
  const rendered = find('latency_guard/templates/*.erb').map((file) =>
    root!.expect(['ruby', '-rerb', '-e', `${values}; ${render}`, `/mnt/chef/${file}`]),
  );
  const [flags, config, targets] = rendered;
  assert.match(flags ?? '', /^GUARD_FLAGS="--x --y"$/m);
  assert.deepEqual(parse(config ?? ''), { a: { b: 1 } });
  assert.deepEqual(parse(targets ?? ''), [{ targets: ['w:1'], labels: {} }]);
});

test('every template that a recipe names is there, and every attribute has a default', () => {
  const recipes = find('latency_guard/recipes/*.rb').map(read).join('\n');
  const templates = [...recipes.matchAll(/^\s+source '(\S+\.erb)'$/gm)].map(([, name]) => name);
  assert.deepEqual(
    templates.sort(),
    find('latency_guard/templates/*').map((file) => file.split('/').at(-1)),
  );
  const defaults = read('latency_guard/attributes/default.rb');
  const keys = [...recipes.matchAll(/(?:guard|settings)\['(\w+)'\]/g)].map(([, key]) => key);
  assert.ok(keys.length > 5);
  for (const key of keys) assert.match(defaults, new RegExp(`\\['${key}'\\]`), key);
});

test('the kitchen runs recipes that are there', () => {
  const kitchen = parse(
    readFileSync(join(COOKBOOK, 'kitchen.yml'), 'utf8').replaceAll(/<%=.*?%>/g, 'x'),
  );
  const list = kitchen.suites.flatMap((suite: { run_list: string[] }) => suite.run_list);
  const recipes = find('latency_guard/recipes/*.rb').map((file) =>
    file.replace(/^.*\/(\w+)\.rb$/, '$1'),
  );
  assert.deepEqual(
    list.toSorted(),
    recipes.map((name) => `recipe[latency_guard::${name}]`).toSorted(),
  );
});
