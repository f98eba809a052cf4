// Entry point of the npm scripts on whatever Node.js (18 or later) is installed: installs the npm packages when they are
// missing or stale, then hands over to the Node.js that package.json pins.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.latency-guard-stamp');
const LOCK = join(ROOT, 'data', 'npm-install.lock');
const SETPRIV = '/usr/bin/setpriv';
const MIN_NODE = 24;
const MAX_NPM_OUTPUT_CHARS = 64 * 1024;
const LOCK_MAX_AGE_MS = 15 * 60_000;
const LOCK_POLL_MS = 200;
const PARENT_POLL_MS = 500;
const NPM_STOP_MS = 5_000;
/** A terminal signals its whole foreground group; after this long without an end the child may not have heard. */
const TERMINAL_GRACE_MS = 1_500;
const SERVE_CONSOLE = ['deploy/local/main.ts', 'deploy/local/test.ts', 'analyzer/main.ts'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const [script, ...rest] = process.argv.slice(2);
if (script === undefined) fail('Usage: node deploy/local/bootstrap.mjs SCRIPT [ARGUMENTS]');
await ensurePackages();
const node = findNode();
buildConsole(node);
runUntilEnd(node, [join(ROOT, script), ...rest]);

async function ensurePackages() {
  if (isInstalled()) return;
  await withLock(async () => {
    if (isInstalled()) return;
    say('Installing npm packages (first start, about half a minute)…');
    const started = Date.now();
    await install();
    mkdirSync(MODULES, { recursive: true });
    writeFileSync(STAMP, fingerprint());
    say(`Installed npm packages in ${Math.round((Date.now() - started) / 1000)} s`);
  });
}

/** True for our own finished installation, and for one that somebody made by hand with `npm ci` or `npm install`. */
function isInstalled() {
  if (readText(STAMP) === fingerprint()) return true;
  if (!isInstalledByHand()) return false;
  writeFileSync(STAMP, fingerprint());
  return true;
}

function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of ['package.json', 'package-lock.json']) {
    const text = readText(join(ROOT, file));
    if (text === undefined) fail(`${join(ROOT, file)} cannot be read: the checkout is incomplete`);
    hash.update(text);
  }
  return hash.digest('hex');
}

/** npm writes node_modules/.package-lock.json as its last act; it lists what is really there. */
function isInstalledByHand() {
  const there = readPackages(join(MODULES, '.package-lock.json'));
  const wanted = readPackages(join(ROOT, 'package-lock.json'));
  if (there === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return there[path] === undefined ? optional === true : there[path].version === version;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function install() {
  for (const file of [STAMP, join(MODULES, '.package-lock.json')]) rmSync(file, { force: true });
  const byNpm = process.env.npm_execpath ?? '';
  const npm = basename(byNpm) === 'npm-cli.js' ? [process.execPath, byNpm] : ['npm'];
  const command = [...npm, 'ci', '--include=dev', '--loglevel=error', '--no-progress'];
  const { output, reason } = await runQuietly(command);
  if (reason === undefined) return;
  releaseLock();
  process.stderr.write(output.endsWith('\n') ? output : `${output}\n`);
  fail(
    `\`npm ci\` in ${ROOT} failed (${reason}); its output is above. Check that this machine reaches the npm registry ` +
      '(`npm ping`, `npm config get registry`, HTTPS_PROXY) and that the disk is not full, then repeat the command',
  );
}

/** Runs a command without showing it; answers its (bounded) output and, when it failed, the reason. */
function runQuietly([file, ...args]) {
  return new Promise((resolve) => {
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-MAX_NPM_OUTPUT_CHARS);
    };
    const [command, ...prefix] = existsSync(SETPRIV)
      ? [SETPRIV, '--pdeathsig', 'KILL', '--', file]
      : [file];
    const child = spawn(command, [...prefix, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
    // npm tidies up for seconds after a signal: the lock is kept until it is gone, else the next start meets it.
    const stop = (signal) => {
      child.once('exit', () => {
        releaseLock();
        fail(`Stopped by ${signal} while installing; the next start installs again`);
      });
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), NPM_STOP_MS).unref();
    };
    for (const signal of SIGNALS) process.once(signal, stop);
    const finish = (reason) => {
      for (const signal of SIGNALS) process.removeAllListeners(signal);
      resolve({ output, reason });
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code, signal) =>
      finish(code === 0 ? undefined : (signal ?? `exit code ${code}`)),
    );
  });
}

/** One installer at a time: two `npm ci` in one directory delete each other's files. */
async function withLock(action) {
  let told = false;
  while (!takeLock()) {
    if (!told) say('Another start is installing the npm packages; waiting for it…');
    told = true;
    dropStaleLock();
    await sleep(LOCK_POLL_MS);
  }
  try {
    await action();
  } finally {
    releaseLock();
  }
}

/** Renaming a filled directory onto another filled one fails: taking the lock and naming its owner are one step. */
function takeLock() {
  const mine = `${LOCK}.${process.pid}`;
  rmSync(mine, { recursive: true, force: true });
  mkdirSync(mine, { recursive: true });
  writeFileSync(join(mine, 'owner'), String(process.pid));
  try {
    renameSync(mine, LOCK);
    return true;
  } catch (error) {
    rmSync(mine, { recursive: true, force: true });
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    return fail(`Cannot create the installation lock ${LOCK}: ${error.message}`);
  }
}

function dropStaleLock() {
  const owner = lockOwner(LOCK);
  if (owner === undefined || (isAlive(owner) && lockAgeMs() < LOCK_MAX_AGE_MS)) return;
  const aside = `${LOCK}.stale.${process.pid}`;
  try {
    renameSync(LOCK, aside);
    // Another process may have replaced the stale lock in between: give its lock back.
    if (lockOwner(aside) === owner) rmSync(aside, { recursive: true, force: true });
    else renameSync(aside, LOCK);
  } catch {
    rmSync(aside, { recursive: true, force: true });
  }
}

function lockOwner(lock) {
  const text = readText(join(lock, 'owner'));
  return text === undefined ? undefined : Number(text);
}

function lockAgeMs() {
  try {
    return Date.now() - statSync(LOCK).mtimeMs;
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function releaseLock() {
  if (lockOwner(LOCK) === process.pid) rmSync(LOCK, { recursive: true, force: true });
}

function findNode() {
  const pinned = join(MODULES, '.bin', 'node');
  // The launcher can exist without the program behind it (install scripts disabled): ask it for its version.
  const answer = existsSync(pinned)
    ? spawnSync(pinned, ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout
    : undefined;
  if (/^v\d+\./.test(answer ?? '')) return pinned;
  if (Number.parseInt(process.versions.node, 10) >= MIN_NODE) return process.execPath;
  return fail(
    `Latency Guard runs on Node.js ${MIN_NODE} or later and this is ${process.version}. The npm package "node" brings the right one, but ` +
      `${pinned} does not run: either install scripts are disabled (\`npm config get ignore-scripts\`; then \`npm rebuild node\` with ` +
      `them enabled) or the package has no build for ${process.platform}-${process.arch}. Installing Node.js ${MIN_NODE} works as well`,
  );
}

/** Where its sources are newer than what was built; without it the analyzer's page says what is missing. */
function buildConsole(node) {
  const build = [join(ROOT, 'analyzer/console/build.ts'), '--if-stale'];
  if (SERVE_CONSOLE.includes(script)) spawnSync(node, build, { stdio: ['ignore', 1, 2] });
}

/** Runs the script in the foreground and ends as it ends. */
function runUntilEnd(node, args) {
  // When this process is killed the hard way the kernel tells the child.
  const [file, ...prefix] = existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig', 'TERM', '--', node]
    : [node];
  const child = spawn(file, [...prefix, ...args], { stdio: 'inherit' });
  const parentWatch = watchParent(child);
  for (const signal of SIGNALS) process.on(signal, () => forward(child, signal));
  child.once('error', (error) => fail(`Cannot start ${file}: ${error.message}`));
  child.once('exit', (code, signal) => {
    clearInterval(parentWatch);
    for (const name of SIGNALS) process.removeAllListeners(name);
    if (signal === null) process.exit(code);
    process.kill(process.pid, signal);
  });
}

/**
 * From a terminal the child has the signal already, and npm passes its own copy on: answering each copy would look like
 * a second Ctrl-C. Somebody may also have signalled this process alone, so a SIGTERM follows when the child lives on.
 */
function forward(child, signal) {
  if (signal === 'SIGTERM' || !isInForeground()) child.kill(signal);
  else setTimeout(() => child.kill('SIGTERM'), TERMINAL_GRACE_MS).unref();
}

/** Whether a terminal's keys reach this process group. */
function isInForeground() {
  if (!process.stdin.isTTY && !process.stdout.isTTY && !process.stderr.isTTY) return false;
  const stat = readText('/proc/self/stat');
  if (stat === undefined) return true;
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}

/** Some shells stay between npm and this process and die of npm's SIGTERM without passing it on. */
function watchParent(child) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_POLL_MS);
  return watch;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
