// Is a disk the bottleneck; the three numbers to read together.
import { graph } from '../panel.ts';
import { HOST } from '../query.ts';

const DEVICE_LEGEND = '{{device}} on {{instance}}';
const NO_DISK = 'the host shows no block device';

export const disksRow = () => [busy(), answerTime(), queue()];

function busy() {
  return graph({
    title: 'Disk busy',
    description:
      'Share of time with at least one request under way. Disks that serve many requests at once may be at 100 % and still have room: read it together with answer time and queue.',
    unit: 'percentunit',
    emptyWhen: NO_DISK,
    queries: [
      {
        name: 'Busy',
        legend: DEVICE_LEGEND,
        expr: `instance_device:guard_disk_busy:ratio_rate30s{${HOST}}`,
      },
    ],
    warnAt: 0.8,
    alarmAt: 0.95,
    width: 8,
  }).max(1);
}

function answerTime() {
  return graph({
    title: 'Disk answer time',
    description:
      'Mean time from handing a request to the device until its answer, queueing included (await of iostat). A disk without requests has no value.',
    unit: 's',
    emptyWhen: 'no disk had a request',
    queries: [
      {
        name: 'Await',
        legend: DEVICE_LEGEND,
        expr: `instance_device:guard_disk_await_seconds:rate30s{${HOST}}`,
      },
    ],
    warnAt: 0.02,
    alarmAt: 0.1,
    width: 8,
  });
}

function queue() {
  return graph({
    title: 'Disk queue',
    description:
      'Requests under way or waiting, on average (aqu-sz of iostat). Rising together with the answer time, it says that the device is the bottleneck.',
    unit: 'short',
    emptyWhen: NO_DISK,
    queries: [
      {
        name: 'Requests',
        legend: DEVICE_LEGEND,
        expr: `instance_device:guard_disk_queue_length:rate30s{${HOST}}`,
      },
    ],
    alarmAt: 10,
    width: 8,
  }).axisLabel('requests');
}
