// The section `filesystem` of the configuration.
import { z } from 'zod';
import { duration } from '../../service/config.ts';
import { pattern } from './device-pattern.ts';

/** Pseudo filesystems, memory (tmpfs is counted as memory), automount points (asking mounts them), and images that are always full. */
const IGNORED_TYPES =
  'autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|erofs|fusectl|fuse\\.(gvfsd-fuse|lxcfs|portal)' +
  '|hugetlbfs|iso9660|mqueue|nsfs|proc|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tmpfs|tracefs|udf';
/** Kernel trees, and what container runtimes mount: their layers live on a filesystem that has its own series. */
const IGNORED_MOUNTPOINTS =
  '/(dev|proc|sys)(/.*)?|/run/(credentials|docker|user)/.*|/var/lib/(docker|containers|containerd|kubelet)/.+' +
  '|/etc/(hosts|hostname|resolv\\.conf)';

export const filesystemConfigSchema = z
  .strictObject({
    ignored_types: pattern()
      .default(IGNORED_TYPES)
      .describe(
        'Regular expression that matches the whole type; the default leaves out pseudo filesystems, memory and images.',
      ),
    ignored_mountpoints: pattern()
      .default(IGNORED_MOUNTPOINTS)
      .describe(
        'Regular expression that matches the whole mount point; the default leaves out what container runtimes mount.',
      ),
    timeout: duration({ min: 0.1, max: 4 })
      .prefault('1s')
      .describe(
        'What one filesystem may take to answer; one that hangs is unavailable and not asked again until it answers.',
      ),
  })
  .prefault({});
export type FilesystemConfig = z.infer<typeof filesystemConfigSchema>;
