// Fault: eight TCP streams into a link that carries 50 Mbit/s.
import type { FaultCase } from '../case.ts';
import { fillLink, LINK_DEVICE, layLink } from '../link.ts';
import { firstReason, noNamespace, programMissing } from '../needs.ts';

export const networkSaturation: FaultCase = {
  name: 'network-saturation',
  about:
    'Eight TCP streams want more than a link of 50 Mbit/s carries: what they send waits in their sockets.',
  expected: {
    kind: 'network_saturation',
    blames: [{ group: 'uploader' }, { device: LINK_DEVICE }],
  },
  missing: () => firstReason(noNamespace(), programMissing('tc', 'iproute2')),
  prepare: layLink,
  async start(stage) {
    fillLink(stage, 'uploader');
  },
};
