// The kill switch: one press and a reason, and no action starts any more, on every page.
import { useState } from 'react';
import type { KillSwitchAnswer } from './data/answers.ts';
import { useLive, useViewer } from './data/context.ts';
import type { Resource } from './data/resource.ts';
import { ReasonDialog } from './parts/dialog.tsx';
import { Ago } from './parts/words.tsx';

interface KillSwitchProps {
  readonly killSwitch: Resource<KillSwitchAnswer>;
}

export function KillSwitchButton({ killSwitch: { data } }: KillSwitchProps) {
  const [isOpen, setOpen] = useState(false);
  const { mayOperate, mayAdminister } = useViewer();
  if (data === undefined) return null;
  const isPaused = data.paused !== null;
  const may = isPaused ? mayAdminister : mayOperate;
  const why = isPaused ? 'Only an administrator resumes' : 'Only an operator pauses';
  return (
    <>
      <button
        type="button"
        className={isPaused ? 'resume' : 'pause'}
        disabled={!may}
        title={may ? undefined : why}
        onClick={() => setOpen(true)}
      >
        {isPaused ? 'Resume actions' : 'Pause actions'}
      </button>
      {isOpen && <SwitchDialog isPaused={isPaused} onClose={() => setOpen(false)} />}
    </>
  );
}

function SwitchDialog({ isPaused, onClose }: { isPaused: boolean; onClose: () => void }) {
  const { send } = useViewer();
  const { touch } = useLive();
  const to = isPaused ? 'resume' : 'pause';
  return (
    <ReasonDialog
      title={isPaused ? 'Resume actions' : 'Pause all actions'}
      confirm={isPaused ? 'Resume' : 'Pause'}
      isDangerous={!isPaused}
      onClose={onClose}
      onConfirm={async (reason) => {
        await send(`/api/v1/${to}`, { reason });
        touch('actions');
      }}
    >
      <p>
        {isPaused
          ? 'Approved actions start again, and automatic ones may.'
          : 'No action starts until somebody resumes, not even after a restart. What runs already goes on to its end: killed half-way, nobody knew its state.'}
      </p>
    </ReasonDialog>
  );
}

export function KillSwitchBanner({ killSwitch: { data } }: KillSwitchProps) {
  const paused = data?.paused;
  return (
    <div role="status">
      {paused != null && (
        <p className="banner paused">
          <strong>Actions are paused</strong> by {paused.by}, <Ago time={paused.since} />:{' '}
          {paused.reason}
        </p>
      )}
    </div>
  );
}
