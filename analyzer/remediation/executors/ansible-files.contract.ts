// Whether ansible-playbook is there for the tests that run it.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('ansible-playbook', ['--version'], { timeout: 60_000 });

/** False, or why a test is skipped. */
export const NO_ANSIBLE =
  status === 0 ? false : 'ansible-playbook is not installed (apt-get install ansible-core)';
