import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, gauge } from '../../promformat/family.ts';
import { compatibleFamilies } from './compat.ts';

const of = (labels: Record<string, string>, value: number) => ({
  labels: { group: 'web', ...labels },
  value,
});

function mapped(...families: Parameters<typeof compatibleFamilies>[0]): string[] {
  return compatibleFamilies(families).flatMap(({ name, type, samples }) =>
    samples.map(({ labels, value }) => {
      const pairs = Object.entries(labels).map(([key, text]) => `${key}=${text}`);
      return `${type} ${name}{${pairs.join(' ')}} ${value}`;
    }),
  );
}

test('gauges', () => {
  assert.deepEqual(
    mapped(
      gauge('guard_process_processes', 'x', [of({}, 3)]),
      gauge('guard_process_threads', 'x', [of({}, 9)]),
      gauge('guard_process_open_fds', 'x', [of({}, 12)]),
      gauge('guard_process_fd_limit_used_ratio', 'x', [of({}, 0.5)]),
      gauge('guard_process_oldest_start_time_seconds', 'x', [of({}, 1700000000)]),
    ),
    [
      'gauge namedprocess_namegroup_num_procs{groupname=web} 3',
      'gauge namedprocess_namegroup_open_filedesc{groupname=web} 12',
      'gauge namedprocess_namegroup_worst_fd_ratio{groupname=web} 0.5',
      'gauge namedprocess_namegroup_oldest_start_time_seconds{groupname=web} 1700000000',
      'gauge namedprocess_namegroup_num_threads{groupname=web} 9',
    ],
  );
});

test('counters, with the names that labels and values have there', () => {
  assert.deepEqual(
    mapped(
      counter('guard_process_cpu_seconds_total', 'x', [
        of({ mode: 'user' }, 1),
        of({ mode: 'system' }, 2),
      ]),
      counter('guard_process_read_bytes_total', 'x', [of({}, 3)]),
      counter('guard_process_written_bytes_total', 'x', [of({}, 4)]),
      counter('guard_process_major_page_faults_total', 'x', [of({}, 5)]),
      counter('guard_process_minor_page_faults_total', 'x', [of({}, 6)]),
      counter('guard_process_context_switches_total', 'x', [
        of({ kind: 'voluntary' }, 7),
        of({ kind: 'involuntary' }, 8),
      ]),
    ),
    [
      'counter namedprocess_namegroup_cpu_seconds_total{groupname=web mode=user} 1',
      'counter namedprocess_namegroup_cpu_seconds_total{groupname=web mode=system} 2',
      'counter namedprocess_namegroup_read_bytes_total{groupname=web} 3',
      'counter namedprocess_namegroup_write_bytes_total{groupname=web} 4',
      'counter namedprocess_namegroup_major_page_faults_total{groupname=web} 5',
      'counter namedprocess_namegroup_minor_page_faults_total{groupname=web} 6',
      'counter namedprocess_namegroup_context_switches_total{groupname=web ctxswitchtype=voluntary} 7',
      'counter namedprocess_namegroup_context_switches_total{groupname=web ctxswitchtype=nonvoluntary} 8',
    ],
  );
});

test('kinds of memory become one family', () => {
  assert.deepEqual(
    mapped(
      gauge('guard_process_resident_memory_bytes', 'x', [of({}, 1)]),
      gauge('guard_process_virtual_memory_bytes', 'x', [of({}, 2)]),
      gauge('guard_process_swap_memory_bytes', 'x', [of({}, 3)]),
      gauge('guard_process_proportional_memory_bytes', 'x', [of({}, 4)]),
    ),
    ['resident 1', 'virtual 2', 'swapped 3', 'proportionalResident 4'].map(
      (rest) =>
        `gauge namedprocess_namegroup_memory_bytes{groupname=web memtype=${rest.replace(' ', '} ')}`,
    ),
  );
});

test('what is not there is not made up', () => {
  assert.deepEqual(mapped(), []);
  assert.deepEqual(mapped(counter('guard_process_read_bytes_total', 'x', [])), []);
  assert.deepEqual(mapped(gauge('guard_process_groups_dropped', 'x', 1)), []);
});
