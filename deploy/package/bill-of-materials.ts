// npm's CycloneDX bill of materials made ours: with Node.js in it, and the same for the same sources.
import { createHash } from 'node:crypto';

export interface MaterialsOptions {
  readonly productVersion: string;
  readonly nodeVersion: string;
  /** Of the program file, hexadecimal. */
  readonly nodeSha256: string;
  /** Seconds since 1970. */
  readonly sourceDate: number;
}

interface Materials {
  serialNumber?: string;
  metadata: { timestamp?: string; component: Record<string, unknown> };
  components: Record<string, unknown>[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** @param text what `npm sbom --sbom-format=cyclonedx` printed. */
export function completeMaterials(text: string, options: MaterialsOptions): string {
  const materials = JSON.parse(text) as Materials;
  const { nodeVersion, nodeSha256, sourceDate, productVersion } = options;
  const node = {
    'bom-ref': `node@${nodeVersion}`,
    type: 'platform',
    name: 'node',
    version: nodeVersion,
    scope: 'required',
    description: 'The Node.js program that runs everything',
    purl: `pkg:generic/node@${nodeVersion}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${nodeVersion}:*:*:*:*:*:*:*`,
    hashes: [{ alg: 'SHA-256', content: nodeSha256 }],
    licenses: [{ license: { id: 'MIT' } }],
  };
  const product = { name: 'latency-guard', type: 'application', version: productVersion };
  const root = `latency-guard@${productVersion}`;
  const complete = {
    ...materials,
    metadata: {
      ...materials.metadata,
      timestamp: new Date(sourceDate * 1000).toISOString(),
      component: { ...materials.metadata.component, ...product },
    },
    components: [...materials.components, node],
    dependencies: [
      ...materials.dependencies.map((one) =>
        one.ref === root ? { ...one, dependsOn: [...one.dependsOn, node['bom-ref']] } : one,
      ),
      { ref: node['bom-ref'], dependsOn: [] },
    ],
  };
  return `${JSON.stringify({ ...complete, serialNumber: serialNumber(complete) }, null, 2)}\n`;
}

/** Made of the content in the form of RFC 9562's version 8, where npm takes a random one. */
function serialNumber(content: Record<string, unknown>): string {
  const hash = createHash('sha256').update(JSON.stringify({ ...content, serialNumber: '' }));
  const hex = hash.digest('hex');
  const fields = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return `urn:uuid:${[...fields, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')}`;
}
