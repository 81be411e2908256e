import { AppError, type ErrorCode } from '../errors.ts';

type FileOperation = 'put' | 'delete' | 'get' | 'head' | 'list' | 'open';

interface Translation {
  readonly code: ErrorCode;
  readonly hint: string;
}

const DISK_FULL: Translation = {
  code: 'BUCKET_DISK_FULL',
  hint: 'Free space (or raise the quota or the file size limit) on the file system of the directory.',
};
const READ_ONLY: Translation = {
  code: 'BUCKET_READ_ONLY',
  hint: 'Give the user that this process runs as the right to write below the directory, or mount the file system for writing.',
};
const ACCESS_DENIED: Translation = {
  code: 'BUCKET_ACCESS_DENIED',
  hint: 'Give the user that this process runs as the right to read the directory and everything below it.',
};
const NO_HARD_LINKS: Translation = {
  code: 'BUCKET_CONDITIONAL_PUT_IGNORED',
  hint: 'The file system has no hard links within the directory; use a directory on one ordinary file system (ext4, xfs, tmpfs, NFS).',
};
const TOO_LONG: Translation = {
  code: 'BUCKET_INVALID_KEY',
  hint: 'Use a shorter path for the directory, or shorter names below it.',
};
const NOT_A_FOLDER: Translation = {
  code: 'BUCKET_INVALID_KEY',
  hint: 'A part of the key names an object; only folders can have keys below them.',
};
const BUSY: Translation = {
  code: 'BUCKET_UNAVAILABLE',
  hint: 'Look at the health of the file system, and at the limit of open files (ulimit -n).',
};

const WRITING: Readonly<Record<string, Translation>> = {
  ENOSPC: DISK_FULL,
  EDQUOT: DISK_FULL,
  EFBIG: DISK_FULL,
  EACCES: READ_ONLY,
  EPERM: READ_ONLY,
  EROFS: READ_ONLY,
  ENAMETOOLONG: TOO_LONG,
  ENOTDIR: NOT_A_FOLDER,
};

// We own both the file and the directory, so that EPERM from link(2) speaks of the file system (FAT, some FUSE), not of rights.
const LINKING: Readonly<Record<string, Translation>> = {
  ...WRITING,
  EPERM: NO_HARD_LINKS,
  EXDEV: NO_HARD_LINKS,
  EMLINK: NO_HARD_LINKS,
  ENOSYS: NO_HARD_LINKS,
  ENOTSUP: NO_HARD_LINKS,
  EOPNOTSUPP: NO_HARD_LINKS,
};

const READING: Readonly<Record<string, Translation>> = {
  EACCES: ACCESS_DENIED,
  EPERM: ACCESS_DENIED,
  ENAMETOOLONG: TOO_LONG,
};

/**
 * Translates an error of `node:fs`: errors of ours pass, as does what is no error of the system (a bug of ours, then).
 * @param operation what was tried, such as `put`
 * @param subject the path or URL it was tried on
 */
export function fileError(operation: FileOperation, subject: string, cause: unknown): unknown {
  // The clean-up failed too: the first error is the one that explains it.
  if (cause instanceof SuppressedError) return fileError(operation, subject, cause.suppressed);
  const errno = systemErrorCode(cause);
  if (errno === undefined) return cause;
  const { code, hint } = translations(operation, cause)[errno] ?? BUSY;
  return new AppError(code, `${operation} ${subject}: ${(cause as Error).message}`, { subject, hint, cause });
}

function translations(operation: FileOperation, cause: unknown): Readonly<Record<string, Translation>> {
  if (operation !== 'put' && operation !== 'delete') return READING;
  return cause instanceof Error && 'syscall' in cause && cause.syscall === 'link' ? LINKING : WRITING;
}

/** @param reason what is wrong with the root of a directory bucket */
export function missingRoot(root: string, reason: string, cause?: unknown): AppError {
  const hint = `Create it (mkdir -p ${root}), or correct the bucket's URL. It is not created here, lest a mistyped or unmounted path be filled.`;
  return new AppError('BUCKET_MISSING', `open ${root}: ${reason}`, { subject: root, hint, cause });
}

/** The `errno` name of an error of the operating system, such as `ENOENT`; undefined for any other value. */
export function systemErrorCode(value: unknown): string | undefined {
  if (!(value instanceof Error) || !('code' in value) || typeof value.code !== 'string') return undefined;
  return 'syscall' in value ? value.code : undefined;
}

/** True when the path, or a folder on the way to it, does not exist. */
export function isAbsent(cause: unknown): boolean {
  const errno = systemErrorCode(cause);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}
