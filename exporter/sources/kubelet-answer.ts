// What is read of a list of pods. Apart from kubelet.ts, which loads it when there is a kubelet.
import { z } from 'zod';

const containersSchema = z
  .array(
    z.object({
      name: z.string(),
      image: z.string().default(''),
      containerID: z.string().default(''),
    }),
  )
  .nullish();
export const podListSchema = z.object({
  metadata: z.object({ continue: z.string().nullish() }).nullish(),
  items: z
    .array(
      z.object({
        metadata: z.object({
          uid: z.string(),
          name: z.string(),
          namespace: z.string().default('default'),
          annotations: z.record(z.string(), z.string()).nullish(),
        }),
        spec: z.object({ nodeName: z.string().optional() }).nullish(),
        status: z
          .object({
            containerStatuses: containersSchema,
            initContainerStatuses: containersSchema,
            ephemeralContainerStatuses: containersSchema,
          })
          .nullish(),
      }),
    )
    .nullish(),
});
export type PodList = z.infer<typeof podListSchema>;
export type PodItem = NonNullable<PodList['items']>[number];
