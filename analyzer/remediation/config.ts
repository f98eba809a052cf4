// The part of analyzer.yml that says what may act, where, and who decides. Whatever is not named is not allowed.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';

export const ROLES = ['viewer', 'alertmanager', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const MAX_PATTERNS = 1_000;
const path = z.string().refine(isAbsolute, 'expected an absolute path');
const patterns = z.array(z.string().min(1)).max(MAX_PATTERNS).default([]);
const argv = z.tuple([path], z.string());

export const remediationSchema = z.strictObject({
  /** A folder of YAML files, before the ready ones. */
  playbooks: z.string().min(1).optional(),
  allow: z
    .strictObject({
      hosts: patterns,
      /** Words of a command; `*` stands for one word that a playbook fills. */
      commands: z.array(argv).max(MAX_PATTERNS).default([]),
      ansible_playbooks: z.array(path).max(MAX_PATTERNS).default([]),
      webhooks: z.array(httpUrl()).max(MAX_PATTERNS).default([]),
    })
    .prefault({}),
  protect: z.strictObject({ hosts: patterns, groups: patterns }).prefault({}),
  max_concurrent: z.int().min(1).max(64).default(1),
  /** Without any, only this machine itself may decide. */
  tokens: z
    .array(z.strictObject({ name: z.string().min(1), role: z.enum(ROLES), hash_file: path }))
    .max(100)
    .default([]),
});

export type RemediationConfig = z.infer<typeof remediationSchema>;
