// What a read under procfs answers: text, or why there is none.

/** One read never takes more than this; only command lines and the user table can be longer, and are cut. */
export const MAX_FILE_BYTES = 64 * 1024;

/** The process or the file is not there: it ended, or this kernel has no such file. */
export const GONE = Symbol('gone');
/** The file is there but not for this user. */
export const DENIED = Symbol('denied');
export type Unreadable = typeof GONE | typeof DENIED;
export type FileText = string | Unreadable;

/** @throws whatever is neither absence nor denial, such as EMFILE: it would spoil every further read as well. */
export function toUnreadable(path: string, error: unknown): Unreadable {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return GONE;
  if (code === 'EACCES' || code === 'EPERM') return DENIED;
  throw new Error(`Cannot read ${path}: ${message}`, { cause: error });
}
