// Findings outlive the program: an alert neither ends nor begins anew because the analyzer was restarted.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TrackedFinding } from '../bottleneck/track.ts';
import type { Unavailable } from '../series/finding.ts';
import { replaceFile } from './state-file.ts';

const FILE = 'findings.json';
const VERSION = 1;
/** 2,000 findings of some 8 kB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Nobody knows what happened in a longer absence (Prometheus: --rules.alert.for-outage-tolerance, 1 h). */
const MAX_ABSENCE_SECONDS = 3_600;
/** Written at once when one begins, fires or ends, and this often otherwise. */
const SAVE_SECONDS = 30;

export interface FindingMemory {
  /** What was saved last; none when there is nothing or it is too old. Never throws: what cannot be used is told. */
  load(now: number): TrackedFinding[];
  /** Saves when something has changed or the time has come. Never rejects. */
  save(findings: readonly TrackedFinding[], now: number): Promise<void>;
  unavailable(): readonly Unavailable[];
}

/** @param folder undefined = nothing is kept. */
export function createFindingMemory(
  folder: string | undefined,
  onProblem: (problem: Error) => void,
): FindingMemory {
  if (folder === undefined) return { load: () => [], save: async () => {}, unavailable: () => [] };
  const file = join(folder, FILE);
  let problem: Unavailable | undefined;
  let saved = { key: '', at: Number.NEGATIVE_INFINITY };
  const tell = (reason: string, error: Error) => {
    if (problem?.detail !== error.message) onProblem(error);
    problem = { what: 'findings', signal: '', reason, detail: error.message };
  };
  return {
    load(now) {
      try {
        return read(file, now);
      } catch (error) {
        const { message } = error as Error;
        tell('state_unreadable', new Error(`${file}: ${message}: findings begin anew`));
        return [];
      }
    },
    async save(findings, now) {
      const key = findings.map(({ kind, subject, ...rest }) => stateOf(kind, subject, rest)).join();
      if (key === saved.key && now - saved.at < SAVE_SECONDS) return;
      saved = { key, at: now };
      try {
        await replaceFile(file, encode(findings, now));
        problem = undefined;
      } catch (error) {
        const { message } = error as Error;
        tell('state_not_saved', new Error(`${file} cannot be written: ${message}`));
      }
    },
    unavailable: () => (problem === undefined ? [] : [problem]),
  };
}

function stateOf(
  kind: string,
  subject: TrackedFinding['subject'],
  { state, severity }: Pick<TrackedFinding, 'state' | 'severity'>,
): string {
  return JSON.stringify([kind, subject, state, severity]);
}

const text = z.string();
const time = z.number();
const labels = z.record(text, text);
/** What the tracker and the alert rely on; details that are asked for anew each time are left as they are. */
const findingSchema = z.looseObject({
  kind: text,
  subject: labels,
  score: time,
  confidence: time,
  severity: z.enum(['info', 'warning', 'critical']),
  state: z.enum(['pending', 'firing', 'resolved']),
  since: time,
  changed: time,
  lastSeen: time,
  evidence: z.array(z.looseObject({ text, promql: text })),
  suggestions: z.array(z.looseObject({ id: text, text, reason: text })),
});
const envelope = z.strictObject({
  version: z.number(),
  sha256: text,
  savedAt: time,
  findings: z.array(z.unknown()),
});

function read(file: string, now: number): TrackedFinding[] {
  let bytes: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE_BYTES) throw new Error(`larger than ${MAX_FILE_BYTES} bytes`);
    bytes = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const { version, sha256, savedAt, findings } = envelope.parse(JSON.parse(bytes));
  if (version !== VERSION) throw new Error(`version ${version}, this program reads ${VERSION}`);
  if (sha256 !== checksum(JSON.stringify(findings)))
    throw new Error('damaged: the checksum does not match');
  if (Math.abs(now - savedAt) > MAX_ABSENCE_SECONDS) return [];
  return z.array(findingSchema).parse(findings) as unknown as TrackedFinding[];
}

function encode(findings: readonly TrackedFinding[], savedAt: number): Buffer {
  const sha256 = checksum(JSON.stringify(findings));
  return Buffer.from(JSON.stringify({ version: VERSION, sha256, savedAt, findings }));
}

function checksum(json: string): string {
  return createHash('sha256').update(json).digest('hex');
}
