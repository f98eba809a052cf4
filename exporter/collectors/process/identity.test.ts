import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GONE, type ProcessFiles } from '../../sources/process-files.ts';
import { createFakeProcfs } from './fake.contract.ts';
import { type GroupRule, IGNORED_GROUP } from './grouping.ts';
import { type ContainerNames, createIdentifier, type Identity } from './identity.ts';
import { parseStat } from './parse.ts';

const ID = 'a'.repeat(64);

interface Placed {
  readonly comm: string;
  readonly parent: number;
  readonly cgroup?: string;
}

/** Processes by pid, with a parent and a control group each. */
function create(
  rules: readonly GroupRule[],
  { tree, names }: { tree: Record<number, Placed>; names?: ContainerNames },
) {
  const { files, put, reads } = createFakeProcfs();
  for (const [pid, { comm }] of Object.entries(tree)) {
    put(Number(pid), { comm, exe: `/bin/${comm}`, argv: [comm] });
  }
  const placed: ProcessFiles = {
    ...files,
    read(path) {
      const [pid, file] = path.split('/');
      const text = files.read(path);
      const place = tree[Number(pid)];
      if (place === undefined) return GONE;
      if (file === 'cgroup') return place.cgroup === undefined ? GONE : `0::${place.cgroup}\n`;
      return file === 'stat' && typeof text === 'string'
        ? text.replace(/\) (\S) \d+ /, `) $1 ${place.parent} `)
        : text;
    },
  };
  const identify = createIdentifier(placed, rules, names);
  const look = (pid: number, now = 0, known?: Identity): Identity => {
    const stat = parseStat(String(placed.read(`${pid}/stat`)));
    assert.ok(stat !== undefined);
    return identify({ pid, stat, uid: 0, now }, known);
  };
  return { look, reads };
}

const FAMILY = {
  1: { comm: 'init', parent: 0 },
  10: { comm: 'server', parent: 1 },
  11: { comm: 'worker', parent: 10 },
  12: { comm: 'cron', parent: 11 },
  20: { comm: 'stray', parent: 1 },
};
const SERVER: GroupRule = { name: 'server', comm: ['server'], children: true };

test('processes below a matching one belong to it when its rule says so', () => {
  const { look } = create([SERVER, { name: 'cron', comm: ['cron'] }], { tree: FAMILY });
  assert.deepEqual(
    [10, 11, 12, 20].map((pid) => look(pid).group),
    ['server', 'server', 'cron', 'stray'],
  );
  const alone = create([{ ...SERVER, children: false }], { tree: FAMILY });
  assert.deepEqual(
    [10, 11].map((pid) => alone.look(pid).group),
    ['server', 'worker'],
  );
});

test('below a process whose rule has no children, the next above that has them counts', () => {
  const tree = { ...FAMILY, 13: { comm: 'task', parent: 12 } };
  const { look } = create([SERVER, { name: 'cron', comm: ['cron'] }], { tree });
  assert.equal(look(13).group, 'server');
});

test('a process whose parent has ended stays with its group until it is another program', () => {
  const tree: Record<number, Placed> = { ...FAMILY };
  const { look } = create([SERVER], { tree });
  const first = look(11);
  tree[11] = { comm: 'worker', parent: 1 };
  const later = look(11, 100, first);
  assert.equal(later.group, 'server');
  assert.equal(look(11, 200).group, 'worker');
  assert.equal(look(11, 200, { ...later, comm: 'other' }).group, 'worker');
});

test('with a rule that says so, nothing else is reported', () => {
  const { look } = create([SERVER, { name: '', ignoreOthers: true }], { tree: FAMILY });
  assert.deepEqual(
    [10, 11, 20].map((pid) => look(pid).group),
    ['server', 'server', IGNORED_GROUP],
  );
});

test('control groups and units name a group', () => {
  const tree = {
    1: { comm: 'app', parent: 0, cgroup: '/system.slice/shop@7.service' },
    2: { comm: 'app', parent: 0, cgroup: '/batch.slice/night/3' },
    3: { comm: 'app', parent: 0 },
  };
  const rules: GroupRule[] = [
    { name: 'shop-{{.Matches.number}}', unit: ['shop@(?<number>\\d+)'] },
    { name: 'batch {{.Matches.name}} {{.Cgroups}}', cgroup: ['^/batch\\.slice/(?P<name>\\w+)'] },
    { name: '{{.Unit}}|{{.Container}}', comm: ['app'] },
  ];
  const { look } = create(rules, { tree });
  assert.deepEqual(
    [1, 2, 3].map((pid) => look(pid).group),
    ['shop-7', 'batch night [/batch.slice/night/3]', '|'],
  );
});

test('a unit is matched as a whole, with its suffix or without', () => {
  const tree = { 1: { comm: 'app', parent: 0, cgroup: '/system.slice/nginx.service' } };
  for (const [unit, matches] of [
    ['nginx.service', true],
    ['nginx', true],
    ['ngin', false],
    ['ginx.service', false],
  ] as const) {
    const { look } = create([{ name: 'x', unit: [unit] }], { tree });
    assert.equal(look(1).group, matches ? 'x' : 'app', unit);
  }
});

test('a container is known by its id at once, by its name when the runtime has told it', () => {
  const tree = { 1: { comm: 'app', parent: 0, cgroup: `/docker/${ID}` } };
  let known: readonly string[] | undefined;
  const names: ContainerNames = (id) => (id === ID ? known : undefined);
  const byId = create([{ name: 'x-{{.Container}}', container: [ID.slice(0, 12)] }], {
    tree,
    names,
  });
  assert.equal(byId.look(1).group, `x-${ID.slice(0, 12)}`);
  const byName = create([{ name: '{{.Matches.of}}', container: ['(?<of>\\w+)-web'] }], {
    tree,
    names,
  });
  const before = byName.look(1);
  assert.equal(before.group, 'app');
  assert.ok(before.validUntil <= 5);
  known = ['shop-web'];
  assert.equal(byName.look(1, 5, before).group, 'shop');
  assert.equal(create([{ name: 'x', container: ['web'] }], { tree, names }).look(1).group, 'app');
});

test('control groups are not read when no rule asks for them', () => {
  const { look, reads } = create([], { tree: FAMILY });
  look(10);
  assert.ok(!reads.some((path) => path.endsWith('/cgroup')));
  assert.equal(reads.filter((path) => path.endsWith('/stat')).length, 1);
});
