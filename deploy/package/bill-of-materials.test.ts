// npm's bill of materials, completed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeMaterials } from './bill-of-materials.ts';

const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;
const options = {
  productVersion: '1.2.3',
  nodeVersion: '24.21.0',
  nodeSha256: 'ab',
  sourceDate: 0,
};

function fromNpm(serialNumber: string, timestamp: string): string {
  const component = { 'bom-ref': 'latency-guard@1.2.3', name: 'stage', type: 'library' };
  const components = [{ 'bom-ref': 'zod@4.0.0', name: 'zod' }];
  const dependencies = [{ ref: 'latency-guard@1.2.3', dependsOn: ['zod@4.0.0'] }];
  return JSON.stringify({
    serialNumber,
    metadata: { timestamp, component },
    components,
    dependencies,
  });
}

test('Node.js is in it, and the product has its name and depends on it', () => {
  const { components, metadata, dependencies } = JSON.parse(
    completeMaterials(fromNpm('urn:uuid:1', 'now'), options),
  );
  assert.deepEqual(
    components.map((one: { name: string }) => one.name),
    ['zod', 'node'],
  );
  assert.equal(components[1].cpe, 'cpe:2.3:a:nodejs:node.js:24.21.0:*:*:*:*:*:*:*');
  assert.equal(metadata.component.name, 'latency-guard');
  assert.deepEqual(dependencies[0].dependsOn, ['zod@4.0.0', 'node@24.21.0']);
});

test('what npm makes anew each time is the same each time, and another for other content', () => {
  const first = completeMaterials(fromNpm('urn:uuid:1', '2026-01-01'), options);
  assert.equal(first, completeMaterials(fromNpm('urn:uuid:2', '2027-01-01'), options));
  const other = completeMaterials(fromNpm('urn:uuid:1', 'x'), { ...options, nodeSha256: 'cd' });
  const [one, two] = [first, other].map((text) => JSON.parse(text).serialNumber);
  assert.match(one, UUID);
  assert.notEqual(one, two);
});
