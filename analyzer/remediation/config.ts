// The part of analyzer.yml that says what may act, where, and who decides. Whatever is not named is not allowed.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';
import { chefAllowSchema, chefSchema } from './executors/chef.ts';
import { serverSchema } from './executors/http-json.ts';
import { workloadAllowSchema } from './executors/kubernetes.ts';
import { puppetAllowSchema, puppetSchema } from './executors/puppet.ts';
import { saltSchema } from './executors/salt-api.ts';
import { sshSchema } from './executors/ssh.ts';
import { systemdAllowSchema } from './executors/systemd.ts';
import { windowSchema } from './maintenance.ts';
import { environmentSchema, unlockSchema } from './mode.ts';

export const ROLES = ['viewer', 'alertmanager', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const MAX_PATTERNS = 1_000;
const path = z.string().refine(isAbsolute, 'expected an absolute path');
const patterns = z.array(z.string().min(1)).max(MAX_PATTERNS).default([]);
const argv = z.tuple([path], z.string());

export const remediationSchema = z.strictObject({
  playbooks: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of playbooks, which come before the ready ones.'),
  allow: z
    .strictObject({
      hosts: patterns.describe('Hosts; * stands for any characters.'),
      commands: z
        .array(argv)
        .max(MAX_PATTERNS)
        .default([])
        .describe('Commands word by word; * stands for one word that a playbook fills.'),
      ansible_playbooks: z.array(path).max(MAX_PATTERNS).default([]).describe('Absolute paths.'),
      webhooks: z
        .array(httpUrl())
        .max(MAX_PATTERNS)
        .default([])
        .describe('URLs that may be called.'),
      salt_states: patterns.describe('Names of states.'),
      puppet: puppetAllowSchema.describe(
        'agent, agent:TAG, apply:/PATH, bolt_apply:/PATH, bolt_task:NAME or orchestrator:ENVIRONMENT.',
      ),
      chef: chefAllowSchema.describe('run_list, or recipes such as shop::restart.'),
      awx_job_templates: z
        .array(z.int().min(1))
        .max(MAX_PATTERNS)
        .default([])
        .describe('Numbers of job templates.'),
      workloads: z
        .array(workloadAllowSchema)
        .max(MAX_PATTERNS)
        .default([])
        .describe('Kubernetes workloads.'),
      systemd_units: z
        .array(systemdAllowSchema)
        .max(MAX_PATTERNS)
        .default([])
        .describe('Units on hosts.'),
    })
    .prefault({})
    .describe('What may act, where. Whatever is not named is not allowed.'),
  salt: saltSchema.optional().describe("The master's salt-api."),
  ssh: sshSchema
    .prefault({})
    .describe('How other hosts are reached, for puppet, chef and systemd.'),
  puppet: puppetSchema.prefault({}).describe('How Puppet is run.'),
  chef: chefSchema.prefault({}).describe('How Chef is run.'),
  awx: serverSchema.optional().describe('AWX or Ansible Automation Platform.'),
  kubernetes: serverSchema.optional().describe('The Kubernetes API.'),
  systemd: z
    .strictObject({
      systemctl: path
        .default('/usr/bin/systemctl')
        .describe('Absolute path of systemctl on the hosts.'),
    })
    .prefault({})
    .describe('How systemctl is run.'),
  environments: z
    .array(environmentSchema)
    .max(100)
    .default([])
    .describe(
      'The first that has the host decides; with any, hosts of none are only suggested for.',
    ),
  unlock: unlockSchema
    .prefault({})
    .describe('What an action must have proved before mode auto runs it without a person.'),
  windows: z
    .array(windowSchema)
    .max(100)
    .default([])
    .describe('Times in which actions run, or do not.'),
  fleet: z
    .strictObject({
      max_share: z
        .number()
        .min(0)
        .max(1)
        .default(0.4)
        .describe(
          "Nothing runs while more than this share of a job's hosts are ill or worked on; 1 = not asked.",
        ),
    })
    .prefault({})
    .describe('When too much is broken at once to act.'),
  silence: z
    .boolean()
    .default(true)
    .describe('Silences the alert in Alertmanager while an action works on it.'),
  protect: z
    .strictObject({
      hosts: patterns.describe('Hosts; * stands for any characters.'),
      groups: patterns.describe('Process groups; * stands for any characters.'),
    })
    .prefault({})
    .describe('Never touched, whatever is allowed.'),
  max_concurrent: z.int().min(1).max(64).default(1).describe('Actions that run at the same time.'),
  tokens: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe('Shown in the audit log.'),
        role: z
          .enum(ROLES)
          .describe(
            'viewer reads, alertmanager may only send alerts, operator decides, admin also changes.',
          ),
        hash_file: path.describe('File with the SHA-256 of the token.'),
      }),
    )
    .max(100)
    .default([])
    .describe('Who may decide. Without any, only this machine itself.'),
});

export type RemediationConfig = z.infer<typeof remediationSchema>;
