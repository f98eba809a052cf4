// A configuration that names a file with a secret at every key that can, for the test that looks for them.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAuthority, makeCertificate } from '../service/certificates.contract.ts';

export const OPERATOR = 'planted-operator-token-0d41';

/** Each secret is a word that nothing else is; found by the part that no encoding of ours would change. */
export function createVault(folder: string) {
  const secrets = new Map<string, string>();
  const write = (name: string, text: string, secret = text) => {
    const path = join(folder, `${name}.txt`);
    writeFileSync(path, text, { mode: 0o600 });
    secrets.set(name, secret);
    return path;
  };
  return { secrets, write, file: (name: string) => write(name, `planted-${name}-7f3a`) };
}
export type Vault = ReturnType<typeof createVault>;

/** Every key that names a file with a secret. */
export function configOf(vault: Vault, url: string, folder: string) {
  const { file, write } = vault;
  const pair = makeCertificate({
    ...{ folder, name: 'client', names: 'DNS:guard.example' },
    authority: makeAuthority(folder, 'authority'),
  });
  vault.secrets.set('tls-key', readFileSync(pair.key, 'utf8').split('\n')[1] ?? '');
  const hash = createHash('sha256').update(OPERATOR).digest('hex');
  const port = Number(new URL(url).port);
  const store = { url: `postgresql://guard@127.0.0.1:${port}/guard`, password_file: file('store') };
  return {
    prometheus: {
      url,
      timeout: '1s',
      basic_auth: { username: 'guard', password_file: file('prometheus') },
      tls_config: { cert_file: pair.cert, key_file: pair.key },
    },
    alertmanager: { urls: [url.replace('://', '://guard:planted-url-7f3a@')] },
    remediation: {
      playbooks: join(folder, 'playbooks'),
      allow: {
        hosts: ['*'],
        webhooks: [url],
        salt_states: ['shop.restart'],
        awx_job_templates: [7],
        workloads: [{ namespace: 'shop', name: '*', verbs: ['restart'] }],
      },
      salt: { url, username: 'guard', password_file: file('salt') },
      awx: { url, token_file: file('awx') },
      kubernetes: { url, token_file: file('kubernetes') },
      puppet: { orchestrator: { url, token_file: file('puppet') } },
      tokens: [{ name: 'op', role: 'admin', hash_file: write('hash', hash) }],
    },
    inventory: { enabled: true, ...store, timeout: '1s' },
    notify: {
      channels: {
        slack: {
          type: 'slack',
          webhook_url_file: write('slack', `${url}/planted-slack-7f3a`, 'planted-slack'),
        },
        mail: {
          ...{ type: 'email', host: '127.0.0.1', port, user: 'guard', from: 'a@b', to: ['c@d'] },
          ...{ security: 'none', password_file: file('mail') },
        },
        pager: { type: 'pagerduty', url, routing_key_file: file('pagerduty') },
        hook: { type: 'webhook', url, bearer_token_file: file('hook') },
        s3: {
          ...{ type: 's3', endpoint: url, bucket: 'reports', access_key_id: 'id' },
          secret_access_key_file: file('s3'),
        },
      },
      approvals: ['slack', 'mail', 'pager', 'hook'],
      tickets: {
        servicenow: { url, user: 'guard', password_file: file('servicenow') },
        jira: { url, token_file: file('jira'), project: 'OPS' },
        github: { url, repository: 'a/b', token_file: file('github') },
      },
    },
    auth: {
      external_url: 'https://guard.example',
      oidc: {
        ...{ issuer: url, client_id: 'guard', client_secret_file: file('oidc') },
        roles: { admin: ['ops'] },
      },
    },
  };
}

/** As it is, and as Basic authentication and URLs write it. */
export function formsOf(secret: string): string[] {
  const basic = Buffer.from(`guard:${secret}`).toString('base64').replace(/=+$/, '').slice(0, -2);
  return [secret, basic, encodeURIComponent(secret)];
}
