import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Container } from '../../sources/container-runtime.ts';
import { KubeletError, type Pod } from '../../sources/kubelet.ts';
import { NoDataError } from '../../sources/no-data.ts';
import { type CgroupMembership, NO_MEMBERSHIP } from './cgroup.ts';
import { createProcessMetadata } from './metadata.ts';

const ID = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const WEB: Container = { id: ID, names: ['web'], image: 'nginx:1' };
const POD: Pod = {
  uid: 'uid-1',
  manifestHash: undefined,
  name: 'web-0',
  namespace: 'shop',
  node: 'node-7',
  containers: [{ name: 'app', image: 'app:2', id: OTHER }],
};
const inContainer = (containerId: string, podUid?: string): CgroupMembership => ({
  ...NO_MEMBERSHIP,
  containerId,
  podUid,
});

/** A directory over fakes that can be changed, and over a clock that stands still. */
function create() {
  const fake = {
    now: 0,
    asked: 0,
    containers: async (): Promise<Container[]> => [WEB],
    pods: async (): Promise<Pod[]> => [],
  };
  const metadata = createProcessMetadata({
    listContainers: () => {
      fake.asked += 1;
      return fake.containers();
    },
    listPods: () => fake.pods(),
    refreshSeconds: 30,
    clock: () => fake.now,
  });
  const describe = async (membership: CgroupMembership) => {
    metadata.describe(membership);
    await setImmediate();
    return metadata.describe(membership);
  };
  return { fake, metadata, describe };
}

test('nothing is asked where there is no container', async () => {
  const { fake, describe } = create();
  assert.equal(await describe(NO_MEMBERSHIP), undefined);
  assert.equal(fake.asked, 0);
});

test('a container is described after it has been asked for, and asked for once', async () => {
  const { fake, metadata, describe } = create();
  assert.equal(metadata.describe(inContainer(ID)), undefined);
  assert.deepEqual(await describe(inContainer(ID)), {
    names: ['web'],
    image: 'nginx:1',
    pod: undefined,
    namespace: undefined,
  });
  for (fake.now = 0; fake.now < 29; fake.now += 1) await describe(inContainer(ID));
  assert.equal(fake.asked, 1);
  assert.deepEqual(metadata.names(ID), ['web']);
  fake.now = 30;
  await describe(inContainer(ID));
  assert.equal(fake.asked, 2);
});

test('a new container is looked up early, but an unknown one only once', async () => {
  const { fake, describe } = create();
  await describe(inContainer(ID));
  await describe(inContainer(OTHER));
  assert.equal(fake.asked, 1);
  fake.now = 2;
  for (let times = 0; times < 10; times += 1, fake.now += 2) await describe(inContainer(OTHER));
  assert.equal(fake.asked, 2);
});

test('a failure keeps what is known, is told, and is not repeated in haste', async () => {
  const { fake, metadata, describe } = create();
  await describe(inContainer(ID));
  fake.containers = async () => {
    throw new NoDataError('permission_denied', 'x');
  };
  const times: number[] = [];
  for (fake.now = 30; fake.now < 200; fake.now += 1) {
    const before = fake.asked;
    assert.equal((await describe(inContainer(ID)))?.image, 'nginx:1');
    if (fake.asked > before) times.push(fake.now);
  }
  assert.deepEqual(times, [30, 35, 45, 65, 105, 185]);
  assert.deepEqual(metadata.problems(), []);
  await describe(inContainer(OTHER));
  assert.deepEqual(metadata.problems(), [
    { source: 'container_runtime', reason: 'permission_denied' },
  ]);
});

test('pods by container and by uid; a container of a pod has the name that it has there', async () => {
  const { fake, metadata, describe } = create();
  fake.pods = async () => [
    POD,
    { ...POD, uid: 'x', manifestHash: 'hash', name: 'etcd', containers: [] },
  ];
  const found = await describe(inContainer(OTHER));
  assert.deepEqual(found, { names: ['app'], image: 'app:2', pod: 'web-0', namespace: 'shop' });
  assert.equal((await describe(inContainer('c'.repeat(64), 'uid-1')))?.pod, 'web-0');
  assert.equal((await describe({ ...NO_MEMBERSHIP, podUid: 'hash' }))?.pod, 'etcd');
  assert.equal(metadata.node(), 'node-7');
});

test('the time that Kubernetes asks for is given', async () => {
  const { fake, metadata, describe } = create();
  let asked = 0;
  fake.pods = async () => {
    asked += 1;
    throw new KubeletError('too_many_requests', 'x', 60);
  };
  for (; fake.now < 60; fake.now += 1) await describe(inContainer(OTHER));
  assert.equal(asked, 1);
  assert.deepEqual(metadata.problems(), [{ source: 'kubernetes', reason: 'too_many_requests' }]);
});

test('requests do not pile up', async () => {
  const { fake, describe } = create();
  const { promise, resolve } = Promise.withResolvers<Container[]>();
  fake.containers = () => promise;
  for (; fake.now < 100; fake.now += 10) await describe(inContainer(ID));
  assert.equal(fake.asked, 1);
  resolve([WEB]);
  assert.equal((await describe(inContainer(ID)))?.image, 'nginx:1');
});

test('an error of another kind is a failure too', async () => {
  const { fake, metadata, describe } = create();
  fake.containers = async () => {
    throw new Error('x');
  };
  await describe(inContainer(ID));
  assert.deepEqual(metadata.problems(), [{ source: 'container_runtime', reason: 'failed' }]);
});
