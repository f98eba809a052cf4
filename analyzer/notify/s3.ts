// Files of a message in a bucket of S3, or of whatever speaks its language: MinIO, Ceph, R2, Garage.
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';
import { requestHttp } from './http-request.ts';
import type { Notifier } from './message.ts';
import { readSecret, secretFile } from './secret.ts';
import { encodeS3Path, type S3Request, signS3 } from './sign-s3.ts';

export const s3Schema = z.strictObject({
  type: z.literal('s3').describe('What kind of channel it is.'),
  endpoint: httpUrl().describe('Base URL, such as https://s3.eu-central-1.amazonaws.com.'),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .default('us-east-1')
    .describe('Region that requests are signed for.'),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket')
    .describe('Name of the bucket.'),
  prefix: z
    .string()
    .regex(/^([\w!.*'()-]+\/)*$/, 'expected folders, each with its slash, such as reports/')
    .default('')
    .describe('Before the name of every file: folders, each with its slash.'),
  access_key_id: z.string().min(1).describe('Id of the access key.'),
  secret_access_key_file: secretFile.describe('File with the secret access key.'),
  path_style: z
    .boolean()
    .default(true)
    .describe(
      "The bucket in the path, as MinIO has it; false = before the host's name, as new buckets of Amazon want it.",
    ),
  ca_file: secretFile.optional().describe("Authorities to trust instead of the system's, PEM."),
});

/** @param clock Unix seconds. */
export function createS3Notifier(config: z.infer<typeof s3Schema>, clock: () => number): Notifier {
  return {
    async send({ files }, signal) {
      const credentials = {
        accessKeyId: config.access_key_id,
        secretAccessKey: await readSecret(config.secret_access_key_file),
        region: config.region,
      };
      for (const { name, contentType, content } of files) {
        const url = urlOf(config, name);
        const own = { 'content-type': contentType };
        const request: S3Request = {
          method: 'PUT',
          url,
          headers: own,
          body: content,
          now: clock(),
        };
        const headers = signS3(request, credentials);
        await requestHttp({
          ...{
            method: 'PUT',
            url: url.href,
            headers,
            body: content,
            signal,
            caFile: config.ca_file,
          },
        });
      }
    },
  };
}

function urlOf(
  { endpoint, bucket, prefix, path_style }: z.infer<typeof s3Schema>,
  name: string,
): URL {
  const url = new URL(endpoint);
  if (!path_style) url.host = `${bucket}.${url.host}`;
  const key = `${path_style ? `/${bucket}` : ''}/${prefix}${name}`;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${encodeS3Path(key)}`;
  return url;
}
