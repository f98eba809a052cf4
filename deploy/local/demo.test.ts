import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDemo, type FaultPlan } from './demo.ts';
import type { AlertView, FindingView, LoopState } from './loop-state.ts';

const plan: FaultPlan = {
  what: 'memory leak',
  file: 'memory-leak.ts',
  group: 'demo-memory-leak',
  kind: 'memory_leak',
  startAtSeconds: 20,
};
const finding = (state = 'firing', group = 'demo-memory-lea'): FindingView => ({
  kind: 'memory_leak',
  subject: { group },
  score: 0.8,
  state,
  since: 0,
  evidence: [{ text: 'grows 50 MB per minute' }],
  suggestions: [],
});
const alert: AlertView = {
  labels: {
    alertname: 'GuardMemoryLeak',
    severity: 'warning',
    kind: 'memory_leak',
    group: plan.group,
  },
  startsAt: '1970-01-01T00:00:00Z',
  status: { state: 'active' },
};
const quiet: LoopState = { atSeconds: 0, findings: [], alerts: [], troubles: [] };

function play() {
  const said: string[] = [];
  const fault = { running: false, stops: 0 };
  const demo = createDemo({
    plans: [plan],
    say: (line) => void said.push(line),
    startFault: () => {
      fault.running = true;
      return {
        isRunning: () => fault.running,
        stop: () => {
          fault.running = false;
          fault.stops += 1;
        },
      };
    },
  });
  return { demo, said, fault };
}

test('the whole story, told as it happens', () => {
  const { demo, said, fault } = play();
  const found = { ...quiet, findings: [finding()] };
  demo.tick(quiet, 18);
  demo.tick(quiet, 20);
  demo.tick(quiet, 22);
  demo.tick({ ...quiet, findings: [finding('pending')] }, 40);
  demo.tick({ ...quiet, findings: [finding('pending')] }, 42);
  demo.tick(found, 48);
  demo.tick({ ...found, alerts: [alert] }, 60);
  demo.tick({ ...found, alerts: [alert] }, 88);
  assert.equal(fault.running, true);
  demo.tick({ ...found, alerts: [alert] }, 90);
  demo.tick({ ...quiet, alerts: [alert] }, 130);
  demo.tick(quiet, 150);
  demo.tick(quiet, 152);
  assert.deepEqual(said, [
    't+20s: starting a memory leak of our own (group demo-memory-leak)',
    't+40s: suspected: memory_leak in demo-memory-leak, 20s after its start (score 0.80: grows 50 MB per minute)',
    't+48s: found: memory_leak in demo-memory-leak, 28s after its start (score 0.80: grows 50 MB per minute)',
    't+60s: in Alertmanager: GuardMemoryLeak (warning) for demo-memory-leak, 40s after its start',
    't+90s: stopping the memory leak',
    't+130s: resolved: memory_leak in demo-memory-leak, 40s after its end',
    't+150s: no longer in Alertmanager: demo-memory-leak, 1m after its end',
    't+150s: the demonstration is over; Latency Guard goes on watching this machine',
  ]);
  assert.equal(fault.stops, 1);
});

test('a fault that nobody found is said to be not found, with the analyzer’s reason', () => {
  const { demo, said, fault } = play();
  const status = {
    state: 'warming_up',
    reason: 'too little history',
    cycles: 1,
    groups: 0,
    forecasts: 0,
  };
  demo.tick(quiet, 20);
  fault.running = false;
  demo.tick({ ...quiet, status }, 200);
  assert.equal(
    said[1],
    't+200s: the memory leak ended after 3m and was not found: the analyzer says too little history',
  );
  assert.match(said[2] ?? '', /the demonstration is over/);
});

test('another group, another kind and a resolved finding are not our fault', () => {
  const { demo, said } = play();
  demo.tick(quiet, 20);
  const others = [
    finding('firing', 'postgres'),
    { ...finding(), kind: 'io_bound' },
    finding('resolved'),
  ];
  demo.tick({ ...quiet, findings: others }, 30);
  assert.equal(said.length, 1);
});

test('an analyzer that does not answer resolves nothing', () => {
  const { demo, said, fault } = play();
  const found = { ...quiet, findings: [finding()] };
  demo.tick(quiet, 20);
  demo.tick(found, 30);
  fault.running = false;
  demo.tick(found, 40);
  demo.tick({ ...quiet, findings: undefined, alerts: undefined }, 50);
  assert.doesNotMatch(said.join('\n'), /resolved/);
});

test('the end of npm start ends the fault', () => {
  const { demo, fault } = play();
  demo.tick(quiet, 20);
  demo.stop();
  assert.equal(fault.running, false);
});
