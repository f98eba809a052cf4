// A report as a message: its first screen as text, everything else as files.
import type { Delivery, Dispatcher } from '../notify/dispatcher.ts';
import type { Message } from '../notify/message.ts';
import type { RenderedReport } from './render-report.ts';
import type { Report } from './report-data.ts';

/** What a chat shows; the files have the rest. */
const MAX_TEXT_CHARS = 2_500;

export function sendReport(
  { document, text, files }: RenderedReport,
  report: Report,
  { dispatcher, channels }: { dispatcher: Dispatcher; channels: readonly string[] },
): Promise<Delivery[]> {
  const isBad = report.summary.hosts.some(({ state }) => state === 'critical');
  const [, , ...body] = text.split('\n');
  const message: Message = {
    key: `report ${report.from} ${report.to} ${report.timeZone}`,
    severity: isBad ? 'warning' : 'info',
    title: `Latency Guard, ${document.subtitle}`,
    text: body.join('\n').split('\nBOTTLENECKS')[0]!.trim().slice(0, MAX_TEXT_CHARS),
    files,
  };
  return dispatcher.deliver(message, channels);
}
