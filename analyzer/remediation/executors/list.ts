// Every executor under the name that playbooks use.
import type { RemediationConfig } from '../config.ts';
import type { Executor } from '../executor.ts';
import { createAnsibleExecutor } from './ansible.ts';
import { createCommandExecutor } from './command.ts';
import { createWebhookExecutor } from './webhook.ts';

export type Executors = Readonly<Record<string, Executor>>;

export function createExecutors({ allow }: Pick<RemediationConfig, 'allow'>): Executors {
  return {
    ansible: createAnsibleExecutor(allow.ansible_playbooks),
    command: createCommandExecutor(allow.commands),
    webhook: createWebhookExecutor(allow.webhooks),
  };
}
