// The `process:` section of exporter.yml: rules of our own, or those of process-exporter, read as they are.
import { z } from 'zod';
import { ConfigError, duration, httpUrl, loadConfig } from '../../../service/config.ts';
import type { GroupRule } from './grouping.ts';
import { processNamesFileSchema, processNamesSchema } from './grouping-import.ts';
import { checkTemplate } from './grouping-template.ts';

const MAX_RULES = 1000;
const MAX_TAGS = 20;
const MAX_TAG_LENGTH = 128;
/** Labels of the target, which Prometheus would have to rename. */
const TARGET_LABELS = ['job', 'instance', 'service', 'env', 'cluster', 'type'];
const DEFAULT_SOCKETS = ['/run/docker.sock', '/run/podman/podman.sock'];
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const CRITERIA = ['comm', 'exe', 'cmdline', 'cgroup', 'unit', 'container'] as const;
const EXPRESSIONS = ['cmdline', 'cgroup', 'unit', 'container'] as const;

const texts = z.array(z.string().min(1)).min(1).optional();
const groupRuleSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .describe(
        'Name of the group; may use {{.Comm}} {{.ExeBase}} {{.ExeFull}} {{.Username}} {{.Unit}} {{.Container}} {{.Cgroups}} {{.Matches.NAME}}.',
      ),
    comm: texts.describe('Names of commands, one of which it must be.'),
    exe: texts.describe('Paths or names of programs, one of which it must be.'),
    cmdline: texts.describe('Regular expressions on the command line, which must all match.'),
    cgroup: texts.describe('Regular expressions on the path of the cgroup.'),
    unit: texts.describe('Regular expressions on the systemd unit.'),
    container: texts.describe(
      "Regular expressions on the container's name, or 12 or more digits of its id.",
    ),
    children: z
      .boolean()
      .optional()
      .describe('Processes below one of these that match nothing themselves belong to it too.'),
  })
  .superRefine(checkRule);

/** Only the kubelet of this host, or the API with the name of this node: never the pods of the whole cluster. */
const kubernetesSchema = z
  .strictObject({
    kubelet_url: httpUrl()
      .optional()
      .describe(
        'The kubelet of this node, such as https://127.0.0.1:10250; either this or api_url.',
      ),
    api_url: httpUrl().optional().describe('The Kubernetes API; needs node_name.'),
    node_name: z
      .string()
      .min(1)
      .optional()
      .describe('Name of this node in Kubernetes: only its pods are asked for.'),
    token_file: z
      .string()
      .min(1)
      .default(`${SERVICE_ACCOUNT}/token`)
      .describe('File with the token of a service account, read anew for each request.'),
    ca_file: z
      .string()
      .min(1)
      .default(`${SERVICE_ACCOUNT}/ca.crt`)
      .describe('Authorities to trust, PEM.'),
    insecure_skip_verify: z
      .boolean()
      .default(false)
      .describe('Takes any certificate of the kubelet.'),
    timeout: duration({ min: 0.1, max: 60 }).prefault('5s').describe('What one request may take.'),
    refresh_interval: duration({ min: 5, max: 3600 })
      .prefault('30s')
      .describe('Time between two requests.'),
  })
  .superRefine(({ kubelet_url, api_url, node_name }, context) => {
    if ((kubelet_url === undefined) === (api_url === undefined)) {
      context.addIssue('needs either kubelet_url or api_url');
    } else if (api_url !== undefined && node_name === undefined) {
      context.addIssue('api_url needs node_name, the name of this node in Kubernetes');
    }
  });
export type KubernetesConfig = z.infer<typeof kubernetesSchema>;

const tagsSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'a tag is named by a-z, 0-9 and _'),
    z.union([
      z.string().max(MAX_TAG_LENGTH),
      z.strictObject({
        environment: z.string().min(1).describe('Variable of the environment that has the value.'),
      }),
    ]),
  )
  .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `at most ${MAX_TAGS} tags`)
  .refine((tags) => !TARGET_LABELS.some((label) => label in tags), {
    error: `${TARGET_LABELS.join(', ')} are labels of the target in Prometheus`,
  });
export type TagsConfig = z.infer<typeof tagsSchema>;

/** The `process:` section of exporter.yml. `groups` of the result also holds what was brought from process-exporter. */
export const processConfigSchema = z
  .strictObject({
    groups: z
      .array(groupRuleSchema)
      .max(MAX_RULES)
      .default([])
      .describe(
        'Which group a process belongs to: the first entry that matches wins, every criterion of it must match. Else the name of the command or of the script that an interpreter runs.',
      ),
    process_names: processNamesSchema
      .optional()
      .describe('The list of process-exporter, in place of groups.'),
    process_exporter_config: z
      .string()
      .min(1)
      .optional()
      .describe('File of process-exporter, in place of groups.'),
    compatibility: z
      .enum(['process-exporter'])
      .optional()
      .describe('Adds the metrics of process-exporter (namedprocess_namegroup_…) to ours.'),
    max_groups: z
      .int()
      .min(1)
      .max(10_000)
      .default(500)
      .describe('Groups that are reported; beyond them the smallest are left out, and counted.'),
    top_processes: z
      .int()
      .min(0)
      .max(100)
      .default(10)
      .describe('How many processes get series of their own, with pid.'),
    strict: z
      .boolean()
      .default(false)
      .describe('Asks every process at every scrape: nothing is stale, at three times the cost.'),
    container_sockets: z
      .array(z.string().startsWith('/'))
      .max(8)
      .default(DEFAULT_SOCKETS)
      .describe(
        'Sockets of Docker or Podman that are asked for names and images of containers, where they may be read.',
      ),
    kubernetes: kubernetesSchema.optional().describe('Where pods of this node are asked for.'),
    tags: tagsSchema
      .default({})
      .describe(
        'Labels of guard_exporter_tags_info, as text or from a variable of the environment.',
      ),
  })
  .transform((section, context) => {
    const { process_names, process_exporter_config: file, groups, ...rest } = section;
    const given = [groups.length > 0, process_names !== undefined, file !== undefined];
    if (given.filter(Boolean).length > 1) {
      context.addIssue('give only one of groups, process_names and process_exporter_config');
      return z.NEVER;
    }
    const rules = file === undefined ? process_names : readProcessNames(file, context);
    return { ...rest, groups: (rules ?? groups) as readonly GroupRule[] };
  });

/** The problems of that file are problems of this key; their text says where in the file they are. */
function readProcessNames(file: string, context: z.RefinementCtx): readonly GroupRule[] {
  try {
    return loadConfig(processNamesFileSchema, file).process_names;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const message of error.problems) {
      context.addIssue({ code: 'custom', path: ['process_exporter_config'], message });
    }
    return z.NEVER;
  }
}

function checkRule(rule: GroupRule, context: z.RefinementCtx): void {
  if (CRITERIA.every((key) => rule[key] === undefined)) {
    context.addIssue(`needs at least one of ${CRITERIA.join(', ')}`);
  }
  const captures = new Set<string>();
  for (const key of EXPRESSIONS) {
    for (const [index, expression] of (rule[key] ?? []).entries()) {
      try {
        new RegExp(expression.replaceAll('(?P<', '(?<'));
        for (const [, name] of expression.matchAll(/\(\?P?<(\w+)>/g)) captures.add(name!);
      } catch (error) {
        const message = `"${expression}" is not a regular expression: ${(error as Error).message}`;
        context.addIssue({ code: 'custom', path: [key, index], message });
      }
    }
  }
  for (const message of checkTemplate({ template: rule.name, captures })) {
    context.addIssue({ code: 'custom', path: ['name'], message });
  }
}
