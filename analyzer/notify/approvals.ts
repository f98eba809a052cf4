// Tells people of actions that wait for them; what still waits after the window is told again.
import type { Dispatcher } from './dispatcher.ts';
import type { Message } from './message.ts';

const MAX_TEXT_CHARS = 8_000;

export interface WaitingAction {
  readonly id: string;
  readonly playbook: string;
  readonly kind: string;
  readonly host: string;
  readonly reason: string;
  readonly dryRun: string | undefined;
  /** Unix seconds; not approved by then means denied. */
  readonly expires: number | undefined;
}

/** What did not arrive, in words; never throws. */
export async function tellApprovals(
  waiting: readonly WaitingAction[],
  { dispatcher, channels }: { dispatcher: Dispatcher; channels: readonly string[] },
): Promise<string[]> {
  const told = await Promise.all(
    waiting.map(({ id, playbook, kind, host, reason, dryRun = 'none', expires }) => {
      const until = expires === undefined ? '' : ` until ${new Date(expires * 1000).toISOString()}`;
      const text = [
        `${kind}: ${reason}`,
        `guard actions approve ${id} --reason …   or   guard actions deny ${id} --reason …`,
        `Dry run:\n${dryRun}`,
      ];
      const message: Message = {
        ...{ key: `approval ${id}`, severity: 'warning', files: [] },
        title: `${playbook} on ${host} waits for your approval${until}`,
        text: text.join('\n').slice(0, MAX_TEXT_CHARS),
      };
      return dispatcher.deliver(message, channels);
    }),
  );
  return told
    .flat()
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'full')
    .map(({ channel, outcome, detail = outcome }) => `${channel}: ${detail}`);
}
