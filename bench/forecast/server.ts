// A server that speaks as much of Prometheus' API as the benchmark asks: series of two weeks at 5 minutes, made up as they are asked for.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Seconds between two samples. */
const SAMPLE_SECONDS = 300;
const DAY_SAMPLES = 288;

const series = Number(process.argv[2]);
const metric = (index: number) =>
  `{"__name__":"load","job":"bench","instance":"host-${index >> 3}:9100","group":"group-${index & 7}"}`;

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  const get = (name: string) => url.searchParams.get(name) ?? form.get(name) ?? '';
  response.setHeader('Content-Type', 'application/json');
  response.write('{"status":"success","data":');
  if (url.pathname.endsWith('/query_range')) {
    response.write('{"resultType":"matrix","result":[');
    const [from, to] = [seconds(get('start')), seconds(get('end'))];
    const step = Number.parseFloat(get('step'));
    for (let index = 0; index < series; index += 1)
      response.write(
        `${index === 0 ? '' : ','}{"metric":${metric(index)},"values":[${rangeOf(index, { from, to, step })}]}`,
      );
  } else {
    response.write('{"resultType":"vector","result":[');
    const at = seconds(get('time'));
    for (let index = 0; index < series; index += 1)
      response.write(
        `${index === 0 ? '' : ','}{"metric":${metric(index)},"value":[${at},"${meanUntil(index, at, SAMPLE_SECONDS)}"]}`,
      );
  }
  response.end(']}}');
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());

function seconds(text: string): number {
  return /^[\d.]+$/.test(text) ? Number(text) : Date.parse(text) / 1000;
}

function rangeOf(
  index: number,
  { from, to, step }: { from: number; to: number; step: number },
): string {
  const samples: string[] = [];
  for (let time = from; time <= to; time += step)
    samples.push(`[${time},"${meanUntil(index, time, step)}"]`);
  return samples.join();
}

/** Mean of the samples in the step that ends at a time. */
function meanUntil(index: number, time: number, step: number): string {
  const last = Math.floor(time / SAMPLE_SECONDS);
  const count = Math.max(1, Math.round(step / SAMPLE_SECONDS));
  let sum = 0;
  for (let sample = last - count + 1; sample <= last; sample += 1) sum += sampleOf(index, sample);
  return (sum / count).toFixed(4);
}

/** A day's rhythm of its own phase, a slow trend, and noise that depends on nothing but series and sample. */
function sampleOf(index: number, sample: number): number {
  const day = Math.sin((2 * Math.PI * (sample + 37 * index)) / DAY_SAMPLES);
  let hash = Math.imul(sample ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  const noise = ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  return 50 + (index % 20) + 20 * day + 0.0005 * (sample % 100_000) + 8 * noise;
}
