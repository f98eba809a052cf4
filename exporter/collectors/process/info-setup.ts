// The `process:` section put to work: where names of containers and pods come from, and the tags.
import type { z } from 'zod';
import type { Labels } from '../../promformat/family.ts';
import { type Container, listContainers } from '../../sources/container-runtime.ts';
import { type KubeletOptions, listPods } from '../../sources/kubelet.ts';
import { NoDataError } from '../../sources/no-data.ts';
import { createProcessFiles } from '../../sources/process-files.ts';
import type { Collector } from '../collector.ts';
import type { ProcessDirectory } from './directory.ts';
import type { KubernetesConfig, processConfigSchema, TagsConfig } from './grouping-config.ts';
import { type ContainerNames, createMemberships } from './identity.ts';
import { withProcessInfo } from './info.ts';
import { createProcessMetadata } from './metadata.ts';

const RUNTIME_TIMEOUT_MS = 2_000;
const RUNTIME_REFRESH_SECONDS = 30;
const MAX_TAG_LENGTH = 128;

export interface ProcessSetup {
  readonly config: z.infer<typeof processConfigSchema>;
  readonly procfs: string;
  /** Where tags come from that name a variable; nothing else of it is looked at. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The collector that is to be described; the names of containers are for its rules. */
  readonly create: (containerNames: ContainerNames) => Collector & Partial<ProcessDirectory>;
}

/** @returns the collector with everything that the section asks for beside the processes themselves. */
export function createDescribedProcesses(setup: ProcessSetup): Collector {
  const { config, procfs, environment, create } = setup;
  const { container_sockets: sockets, kubernetes, compatibility } = config;
  const clock = () => performance.now() / 1000;
  const metadata = createProcessMetadata({
    listContainers: () => listAllContainers(sockets),
    listPods: kubernetes === undefined ? undefined : () => listPods(toOptions(kubernetes)),
    refreshSeconds: kubernetes?.refresh_interval ?? RUNTIME_REFRESH_SECONDS,
    clock,
  });
  return withProcessInfo({
    collector: create(metadata.names),
    readMembership: createMemberships(createProcessFiles({ procfs })),
    metadata,
    tags: readTags(config.tags, environment),
    compatible: compatibility === 'process-exporter',
    clock,
  });
}

/** Of all runtimes that answer. @throws {NoDataError} of the one that says most when none does. */
export async function listAllContainers(sockets: readonly string[]): Promise<Container[]> {
  const results = await Promise.allSettled(
    sockets.map((socketPath) => listContainers({ socketPath, timeoutMs: RUNTIME_TIMEOUT_MS })),
  );
  const lists = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (lists.length > 0) return lists.flat();
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as NoDataError] : [],
  );
  const telling = errors.find(({ reason }) => reason !== 'not_found') ?? errors[0];
  throw telling ?? new NoDataError('not_configured', 'container_sockets is empty');
}

function toOptions(config: KubernetesConfig): KubeletOptions {
  return {
    kubeletUrl: config.kubelet_url,
    apiUrl: config.api_url,
    nodeName: config.node_name,
    tokenFile: config.token_file,
    caFile: config.ca_file,
    insecureSkipVerify: config.insecure_skip_verify,
    timeoutMs: config.timeout * 1000,
  };
}

/** A variable that is not set leaves its tag out. */
export function readTags(tags: TagsConfig, environment: ProcessSetup['environment']): Labels {
  const labels: Record<string, string> = {};
  for (const [name, from] of Object.entries(tags)) {
    const value = typeof from === 'string' ? from : environment[from.environment];
    if (value) labels[name] = value.slice(0, MAX_TAG_LENGTH).toWellFormed();
  }
  return labels;
}
