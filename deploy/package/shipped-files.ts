// Which files of the checkout and of the npm packages belong into an artifact.
const TEST = /\.(test|contract|golden\.test|equality\.test)\.ts$/;
const SOURCE = /\.(ts|mjs|css|yml)$/;
/** Of an npm package, directly below it: what only its authors need. */
const AUTHORS_FOLDERS = new Set([
  '.github',
  '__tests__',
  'bench',
  'benchmark',
  'benchmarks',
  'docs',
  'example',
  'examples',
  'test',
  'tests',
]);
const AUTHORS_FILES = /(\.d\.[cm]?ts|\.[cm]?ts|\.tsx|\.map|\.flow|\.md|\.markdown|\.tsbuildinfo)$/i;
/** What a licence asks to be kept with every copy. */
const LEGAL = /^(licen[cs]e|copying|notice|copyright|authors)/i;

/** @param file a path below `service`, `exporter` or `analyzer`, from the root of the checkout. */
export function isShippedSource(file: string): boolean {
  if (file.startsWith('analyzer/console/')) return file.startsWith('analyzer/console/dist/');
  if (file.split('/').includes('fixtures')) return false;
  return SOURCE.test(file) && !TEST.test(file);
}

/** @param file a path below `rules`, `grafana`, `alertmanager` or `docs`, from the root of the checkout. */
export function isShippedData(file: string): boolean {
  if (file.startsWith('rules/')) {
    return SOURCE.test(file) && !TEST.test(file) && !file.endsWith('_test.yml');
  }
  if (file.startsWith('grafana/')) return /^grafana\/(dashboards\/json|provisioning)\//.test(file);
  if (file.startsWith('alertmanager/')) return /\.(yml|tmpl)$/.test(file);
  return file.startsWith('docs/') && file.endsWith('.md');
}

/** @param file a path below node_modules, such as `@napi-rs/nice/index.js`. */
export function isShippedModuleFile(file: string): boolean {
  const inside = insidePackage(file);
  if (inside === undefined) return false;
  const name = inside.at(-1) ?? '';
  if (LEGAL.test(name)) return true;
  if (inside.length > 1 && AUTHORS_FOLDERS.has(inside[0] ?? '')) return false;
  return !AUTHORS_FILES.test(name);
}

/** The path inside the innermost package; undefined for what npm itself keeps in node_modules (`.bin`, `.package-lock.json`). */
function insidePackage(file: string): readonly string[] | undefined {
  const parts = file.split('/');
  const nested = parts.lastIndexOf('node_modules');
  const path = nested === -1 ? parts : parts.slice(nested + 1);
  if (path[0]?.startsWith('.')) return undefined;
  const inside = path.slice(path[0]?.startsWith('@') ? 2 : 1);
  return inside.length === 0 ? undefined : inside;
}
