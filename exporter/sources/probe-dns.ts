// One run of a DNS probe: one question to one server, or to the servers of resolv.conf, past every cache of this host.
import { Resolver } from 'node:dns/promises';
import type { ProbeRun } from './probe-connection.ts';
import { ProbeError, type ProbeReason } from './probe-result.ts';

export const DNS_RECORDS = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;

export interface DnsTarget {
  readonly kind: 'dns';
  readonly name: string;
  readonly record: (typeof DNS_RECORDS)[number];
  /** An address, with a port if it is not 53: `192.0.2.53`, `[2001:db8::53]:5353`. */
  readonly server: string | undefined;
}

const REASON_OF_CODE: Readonly<Record<string, ProbeReason>> = {
  ENOTFOUND: 'not_found',
  ENODATA: 'no_data',
  ETIMEOUT: 'timeout',
  ECONNREFUSED: 'refused',
  EREFUSED: 'refused',
  EBADRESP: 'protocol',
};

/**
 * The resolver lives for one run, so nothing is answered from its cache. It asks once more after half of the time-out.
 * @throws {ProbeError} when there is no record.
 */
export async function probeDns(
  target: DnsTarget,
  { trace, signal }: ProbeRun,
  timeoutMs: number,
): Promise<void> {
  const { name, record, server } = target;
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 });
  if (server !== undefined) resolver.setServers([server]);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await trace.time('dns', () => resolver.resolve(name, record));
  } catch (cause) {
    signal.throwIfAborted();
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const asked = `${record} ${name} at ${server ?? 'the servers of resolv.conf'}`;
    const reason = REASON_OF_CODE[code] ?? 'dns';
    throw new ProbeError(reason, `Asked for ${asked}: ${message}`, { cause });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
