// The mounts that are worth a series: /proc/PID/mountinfo without pseudo filesystems, repeats and what is hidden below others.
// Source: proc_pid_mountinfo(5)

export interface Mount {
  /** `major:minor`, equal for bind mounts of one filesystem. */
  readonly deviceNumber: string;
  /** The directory of the filesystem that is mounted; `/` unless it is a bind mount or a subvolume. */
  readonly root: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly device: string;
}

/** Parses mountinfo, in mount order. @throws {Error} on a line that is none. */
export function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [left = '', right = ''] = line.split(' - ', 2);
      const [, , deviceNumber, root, mountpoint] = left.split(' ');
      const [fstype, device] = right.split(' ');
      if (!deviceNumber || !root || !mountpoint || !fstype || device === undefined) {
        throw new Error(`Cannot parse mountinfo: "${line}"`);
      }
      return {
        deviceNumber,
        root: unescapeOctal(root),
        mountpoint: unescapeOctal(mountpoint),
        fstype,
        device: unescapeOctal(device),
      };
    });
}

/**
 * One mount per filesystem: of mounts on one directory the last (it hides the others), of mounts of one filesystem the one of its
 * whole tree, then the shortest path. An overlay shows the space of the filesystem below it, so it counts only as the root.
 */
export function chooseMounts(mounts: readonly Mount[]): Mount[] {
  const visible = new Map(mounts.map((mount) => [mount.mountpoint, mount]));
  const chosen = new Map<string, Mount>();
  for (const mount of visible.values()) {
    if (mount.fstype === 'overlay' && mount.mountpoint !== '/') continue;
    const other = chosen.get(mount.deviceNumber);
    if (other === undefined || isBetter(mount, other)) chosen.set(mount.deviceNumber, mount);
  }
  return [...chosen.values()];
}

function isBetter(a: Mount, b: Mount): boolean {
  if ((a.root === '/') !== (b.root === '/')) return a.root === '/';
  return a.mountpoint.length < b.mountpoint.length;
}

/** Space, tab, line feed and backslash are written as `\040` and so on. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
