// A Prometheus in agent mode for a host that nobody can scrape: it scrapes our exporter on loopback and pushes to the central one.
// Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#remote_write
import { stringify } from 'yaml';
import { formatDuration } from '../../service/duration.ts';

/** The agent looks for what it can delete every two hours, and gives a sample up only then. */
const MIN_RETENTION_SECONDS = 300;

export interface Credentials {
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
}

export interface Tls {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface AgentSettings {
  readonly remoteWriteUrl: string;
  readonly central: Credentials & Tls;
  /** host:port of our exporter. */
  readonly exporter: string;
  /** Set when the exporter has a web configuration with TLS or users. */
  readonly local: Credentials & Tls & { readonly https: boolean };
  /** The host's name in the central Prometheus: every agent would say 127.0.0.1 otherwise. */
  readonly instance: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly scrapeIntervalSeconds: number;
}

/** The agent's configuration file. */
export function renderAgentConfig(settings: AgentSettings): string {
  const interval = formatDuration(settings.scrapeIntervalSeconds);
  return stringify({
    global: {
      scrape_interval: interval,
      scrape_timeout: interval,
      external_labels: settings.externalLabels,
    },
    scrape_configs: [
      {
        job_name: 'latency-guard-exporter',
        scheme: settings.local.https ? 'https' : 'http',
        ...access(settings.local),
        static_configs: [{ targets: [settings.exporter], labels: { instance: settings.instance } }],
      },
    ],
    remote_write: [
      {
        url: settings.remoteWriteUrl,
        ...access(settings.central),
        queue_config: { min_backoff: '1s', max_backoff: '10s', retry_on_http_429: true },
      },
    ],
  });
}

export interface AgentCommand {
  readonly configFile: string;
  readonly dataFolder: string;
  readonly listen: string;
  /** How long a central server may be away before samples are lost. */
  readonly bufferSeconds: number;
  /** Of the prometheus that will run: since 3.0 agent mode has a flag of its own. */
  readonly majorVersion: number;
}

/** The command line that runs the agent, as words. */
export function agentCommand(command: AgentCommand): string[] {
  return [
    'prometheus',
    command.majorVersion >= 3 ? '--agent' : '--enable-feature=agent',
    `--config.file=${command.configFile}`,
    `--storage.agent.path=${command.dataFolder}`,
    `--storage.agent.retention.min-time=${formatDuration(MIN_RETENTION_SECONDS)}`,
    `--storage.agent.retention.max-time=${formatDuration(command.bufferSeconds)}`,
    `--web.listen-address=${command.listen}`,
  ];
}

function access({ username, passwordFile, caFile, certFile, keyFile }: Credentials & Tls) {
  const tls = {
    ...(caFile !== undefined && { ca_file: caFile }),
    ...(certFile !== undefined && { cert_file: certFile }),
    ...(keyFile !== undefined && { key_file: keyFile }),
  };
  return {
    ...(username !== undefined && {
      basic_auth: { username, password_file: passwordFile },
    }),
    ...(Object.keys(tls).length > 0 && { tls_config: tls }),
  };
}
