// What a read under procfs answers: text, or why there is none.

/** One read never takes more than this; only command lines and the user table can be longer, and are cut. */
export const MAX_FILE_BYTES = 64 * 1024;

/** The process or the file is not there: it ended, or this kernel has no such file. */
export const GONE = Symbol('gone');
/** The file is there but not for this user. */
export const DENIED = Symbol('denied');
export type Unreadable = typeof GONE | typeof DENIED;
export type FileText = string | Unreadable;

/** What would spoil every further read as well, or is a mistake of ours. */
const FATAL: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'EISDIR', 'EBADF'];

/**
 * Whatever else goes wrong costs this one file: a program in a folder with a name too long for readlink must not hide all others.
 * @throws what would spoil every further read as well, such as EMFILE.
 */
export function toUnreadable(path: string, error: unknown): Unreadable {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return GONE;
  if (code !== undefined && !FATAL.includes(code)) return DENIED;
  throw new Error(`Cannot read ${path}: ${message}`, { cause: error });
}
