// Every executor under the name that playbooks use.
import type { RemediationConfig } from '../config.ts';
import type { Executor } from '../executor.ts';
import { createAnsibleExecutor } from './ansible.ts';
import { createAwxExecutor } from './awx.ts';
import { createChefExecutor } from './chef.ts';
import { createCommandExecutor } from './command.ts';
import { createKubernetesExecutor } from './kubernetes.ts';
import { createPuppetExecutor } from './puppet.ts';
import { createSaltExecutor } from './salt.ts';
import { createSystemdExecutor } from './systemd.ts';
import { createWebhookExecutor } from './webhook.ts';

export type Executors = Readonly<Record<string, Executor>>;

type ExecutorsConfig = Pick<
  RemediationConfig,
  'allow' | 'salt' | 'ssh' | 'puppet' | 'chef' | 'awx' | 'kubernetes' | 'systemd'
>;

export function createExecutors(config: ExecutorsConfig): Executors {
  const { allow, salt, ssh, puppet, chef, awx, kubernetes } = config;
  return {
    ansible: createAnsibleExecutor(allow.ansible_playbooks),
    awx: createAwxExecutor({ allowed: allow.awx_job_templates, server: awx }),
    chef: createChefExecutor({ allowed: allow.chef, config: chef, ssh }),
    command: createCommandExecutor(allow.commands),
    kubernetes: createKubernetesExecutor({ allowed: allow.workloads, server: kubernetes }),
    puppet: createPuppetExecutor({ allowed: allow.puppet, config: puppet, ssh }),
    salt: createSaltExecutor({ allowed: allow.salt_states, config: salt }),
    systemd: createSystemdExecutor({
      allowed: allow.systemd_units,
      systemctl: config.systemd.systemctl,
      ssh,
    }),
    webhook: createWebhookExecutor(allow.webhooks),
  };
}
