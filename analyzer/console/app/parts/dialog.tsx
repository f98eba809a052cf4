// A question that needs a reason: approve, deny, pause, resume. The browser's own dialog keeps the focus inside.
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Problem } from './words.tsx';

const MAX_REASON_CHARS = 1_000;

export interface ReasonDialogProps {
  readonly title: string;
  readonly confirm: string;
  readonly isDangerous?: boolean;
  readonly onClose: () => void;
  /** Closes when it resolves, tells the reason when it does not. */
  readonly onConfirm: (reason: string) => Promise<unknown>;
  readonly children?: ReactNode;
}

export function ReasonDialog(props: ReasonDialogProps) {
  const { title, confirm, isDangerous, onClose, onConfirm, children } = props;
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<Error>();
  const [isSending, setSending] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setProblem(undefined);
    onConfirm(reason.trim()).then(onClose, (error: Error) => {
      setProblem(error);
      setSending(false);
    });
  };
  return (
    <dialog ref={dialog} aria-labelledby={`${id}-title`} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={`${id}-title`}>{title}</h2>
        {children}
        <label htmlFor={`${id}-reason`}>Reason (kept in the audit log)</label>
        <textarea
          id={`${id}-reason`}
          value={reason}
          maxLength={MAX_REASON_CHARS}
          rows={3}
          required
          onChange={({ target }) => setReason(target.value)}
        />
        <Problem error={problem} />
        <div className="dialog-buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button
            type="submit"
            className={isDangerous ? 'danger' : 'primary'}
            disabled={isSending || reason.trim() === ''}
          >
            {confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}
