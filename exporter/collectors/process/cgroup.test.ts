import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type CgroupMembership, parseCgroup } from './cgroup.ts';

const ID = 'f'.repeat(60).concat('0a1b');
const OUTER = 'e'.repeat(64);
const UID = '12345678-9abc-def0-1234-56789abcdef0';
const UID_ = UID.replaceAll('-', '_');
const HASH = '0123456789abcdef0123456789abcdef';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly want: Partial<Omit<CgroupMembership, 'paths'>>;
}

const v2 = (path: string) => `0::${path}\n`;
const CASES: readonly Case[] = [
  { name: 'empty', text: '', want: {} },
  { name: 'no cgroup file at all', text: 'nonsense\n::\n1:x\n', want: {} },
  { name: 'a path that does not begin with a slash', text: '0::nginx.service\n', want: {} },
  { name: 'the root', text: v2('/'), want: {} },
  { name: 'a slice is no unit of work', text: v2('/user.slice'), want: {} },
  {
    name: 'a service, v2',
    text: v2('/system.slice/nginx.service'),
    want: { unit: 'nginx.service' },
  },
  {
    name: 'a service, v1',
    text: '12:pids:/system.slice/nginx.service\n2:cpu,cpuacct:/\n1:name=systemd:/system.slice/nginx.service\n0::/\n',
    want: { unit: 'nginx.service' },
  },
  {
    name: 'hybrid: systemd in v2, controllers in v1',
    text: '4:memory:/elsewhere.service\n1:name=systemd:/system.slice/a.service\n0::/system.slice/b.service\n',
    want: { unit: 'b.service' },
  },
  {
    name: 'an instance and its slice',
    text: v2('/system.slice/system-postgresql.slice/postgresql@15-main.service'),
    want: { unit: 'postgresql@15-main.service' },
  },
  {
    name: 'an escaped unit',
    text: v2('/system.slice/dev\\x2dhugepages.mount'),
    want: { unit: 'dev\\x2dhugepages.mount' },
  },
  {
    name: 'a cgroup with an underscore before it',
    text: v2('/_cpu.service'),
    want: { unit: 'cpu.service' },
  },
  {
    name: 'the session of a user',
    text: v2('/user.slice/user-1000.slice/session-3.scope'),
    want: { unit: 'session-3.scope' },
  },
  {
    name: 'an application of a user belongs to the manager of that user',
    text: v2('/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-7.scope'),
    want: { unit: 'user@1000.service' },
  },
  { name: 'the manager itself', text: v2('/init.scope'), want: { unit: 'init.scope' } },
  {
    name: 'a unit that was removed',
    text: v2('/system.slice/old.service (deleted)'),
    want: { unit: 'old.service' },
  },
  {
    name: 'below a service that manages its own',
    text: v2('/system.slice/my.service/worker/3'),
    want: { unit: 'my.service' },
  },
  {
    name: 'docker, systemd driver, v2',
    text: v2(`/system.slice/docker-${ID}.scope`),
    want: { containerId: ID, runtime: 'docker' },
  },
  {
    name: 'docker, cgroupfs driver, v1',
    text: `11:memory:/docker/${ID}\n1:name=systemd:/docker/${ID}\n0::/system.slice/containerd.service\n`,
    want: { containerId: ID, runtime: 'docker' },
  },
  {
    name: 'docker in docker is the inner one',
    text: v2(`/docker/${OUTER}/docker/${ID}`),
    want: { containerId: ID, runtime: 'docker' },
  },
  {
    name: 'seen from within a cgroup namespace',
    text: v2(`/../docker-${ID}.scope`),
    want: { containerId: ID, runtime: 'docker' },
  },
  {
    name: 'a systemd within a container has no unit of the host',
    text: v2(`/system.slice/docker-${ID}.scope/system.slice/cron.service`),
    want: { containerId: ID, runtime: 'docker' },
  },
  {
    name: 'ECS',
    text: `9:pids:/ecs/0123abcd/${ID}\n`,
    want: { containerId: ID, runtime: 'docker' },
  },
  {
    name: 'containerd by CRI, systemd driver',
    text: v2(
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    ),
    want: { containerId: ID, runtime: 'containerd', podUid: UID },
  },
  {
    name: 'Kubernetes, cgroupfs driver: the runtime is not told',
    text: v2(`/kubepods/besteffort/pod${UID}/${ID}`),
    want: { containerId: ID, podUid: UID },
  },
  {
    name: 'a guaranteed pod has no class',
    text: v2(`/kubepods/pod${UID}/${ID}`),
    want: { containerId: ID, podUid: UID },
  },
  {
    name: 'a static pod has the hash of its manifest',
    text: v2(
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${HASH}.slice/cri-containerd-${ID}.scope`,
    ),
    want: { containerId: ID, runtime: 'containerd', podUid: HASH },
  },
  {
    name: 'runc without systemd joins with colons',
    text: v2(
      `/system.slice/containerd.service/kubepods-burstable-pod${UID_}.slice:cri-containerd:${ID}`,
    ),
    want: { containerId: ID, runtime: 'containerd', podUid: UID },
  },
  {
    name: 'nerdctl',
    text: v2(`/system.slice/nerdctl-${ID}.scope`),
    want: { containerId: ID, runtime: 'containerd' },
  },
  {
    name: 'Kubernetes in a container (kind)',
    text: v2(
      `/docker/${OUTER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    ),
    want: { containerId: ID, runtime: 'containerd', podUid: UID },
  },
  {
    name: 'cri-o',
    text: v2(`/kubepods.slice/kubepods-pod${UID_}.slice/crio-${ID}.scope`),
    want: { containerId: ID, runtime: 'cri-o', podUid: UID },
  },
  {
    name: 'cri-o, with a group of its own below',
    text: v2(`/kubepods.slice/kubepods-pod${UID_}.slice/crio-${ID}.scope/container`),
    want: { containerId: ID, runtime: 'cri-o', podUid: UID },
  },
  {
    name: 'the monitor of cri-o is in no container',
    text: v2(`/kubepods.slice/kubepods-pod${UID_}.slice/crio-conmon-${ID}.scope`),
    want: { podUid: UID },
  },
  {
    name: 'podman as root',
    text: v2(`/machine.slice/libpod-${ID}.scope/container`),
    want: { containerId: ID, runtime: 'podman' },
  },
  {
    name: 'podman of a user',
    text: v2(
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`,
    ),
    want: { containerId: ID, runtime: 'podman' },
  },
  {
    name: 'podman, cgroupfs driver',
    text: v2(`/libpod_parent/libpod-${ID}`),
    want: { containerId: ID, runtime: 'podman' },
  },
  {
    name: 'podman below the service that asked for it',
    text: v2(`/system.slice/web.service/libpod-payload-${ID}`),
    want: { containerId: ID, runtime: 'podman', unit: 'web.service' },
  },
  {
    name: 'the monitor of podman',
    text: v2(`/machine.slice/libpod-conmon-${ID}.scope`),
    want: {},
  },
  { name: 'too short to be an id', text: v2(`/docker/${ID.slice(1)}`), want: {} },
  { name: 'longer than an id', text: v2(`/docker/${ID}0`), want: {} },
  { name: 'an unknown prefix before an id', text: v2(`/backup-${ID}`), want: {} },
  { name: 'a pod outside of Kubernetes', text: v2(`/pod${UID}`), want: {} },
];

for (const { name, text, want } of CASES) {
  test(name, () => {
    const { paths: _paths, ...found } = parseCgroup(text);
    const nothing = {
      unit: undefined,
      containerId: undefined,
      runtime: undefined,
      podUid: undefined,
    };
    assert.deepEqual(found, { ...nothing, ...want });
  });
}

test('what every object has is no runtime', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    for (const path of [`/${name}/${ID}`, `/_${name}/${ID}`, `/x/${name}-${ID}.scope`]) {
      assert.equal(parseCgroup(v2(path)).runtime, undefined, path);
    }
  assert.equal(parseCgroup(v2(`/x/constructor-${ID}.scope`)).containerId, undefined);
});

test('paths are those of the file, bounded', () => {
  const text = '3:cpu:/c\n2:memory:/c\n1:name=systemd:/s\n0::/two\n';
  assert.deepEqual(parseCgroup(text).paths, ['/c', '/c', '/s', '/two']);
  assert.equal(parseCgroup(`0::/${'x'.repeat(5000)}\n`).paths[0]?.length, 1024);
  const many = Array.from({ length: 200 }, (_, index) => `${index}:c${index}:/p${index}`);
  assert.equal(parseCgroup(many.join('\n')).paths.length, 64);
});

test('the file of this very process is understood', (context) => {
  if (process.platform !== 'linux') return context.skip('no procfs here');
  assert.ok(parseCgroup(readFileSync('/proc/self/cgroup', 'utf8')).paths.length > 0);
});
