// The thread that tries alerts on the past: weeks of many series are parsed and followed here, and nobody waits for it.
import { workerData } from 'node:worker_threads';
import {
  type AlertPreviewRequest,
  PreviewRequestError,
  previewAlert,
} from '../pipeline/preview-alert.ts';
import { createPrometheusClient, type PrometheusClientOptions } from '../prometheus/client.ts';
import { QueryError } from '../prometheus/querier.ts';
import type { PreviewAnswer } from './preview-thread.ts';

const client = createPrometheusClient(workerData as PrometheusClientOptions);

/** Answers what is expected to go wrong: a class does not survive the way between threads. */
export async function preview(request: AlertPreviewRequest): Promise<PreviewAnswer> {
  try {
    return { severities: await previewAlert(client, request) };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof PreviewRequestError) return { failure: 'request', message };
    if (error instanceof QueryError) return { failure: 'query', message };
    throw error;
  }
}
