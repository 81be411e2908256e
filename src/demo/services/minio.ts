import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { freePorts } from './free-ports.ts';
import { installGoProgram } from './go.ts';
import { answersGet, createS3Bucket, type S3Service } from './s3-service.ts';
import { startService } from './service-process.ts';

const MODULE = 'github.com/minio/minio';
const MODULE_VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';
const START_TIMEOUT_MS = 60_000;
const LOCATION = { region: 'us-east-1', accessKeyId: 'bss-local', secretAccessKey: 'bss-local-secret' };

/**
 * The path of the MinIO server's program, compiled on first use: some three minutes on two cores.
 * @throws SETUP_FAILED when there is no Go, or it does not compile.
 */
export async function minioProgram(announce?: Announce): Promise<string> {
  const folder = await cached(
    {
      name: 'minio',
      version: MODULE_VERSION.split('-')[1] ?? MODULE_VERSION,
      announcement: 'Compiling the MinIO server (2 to 5 minutes, once)',
      build: (target) => installGoProgram(`${MODULE}@${MODULE_VERSION}`, target, announce),
    },
    announce,
  );
  return join(folder, 'minio');
}

/**
 * Starts MinIO on a free port of 127.0.0.1, with its data in a temporary folder; under a second once it is compiled.
 * @throws SETUP_FAILED with the remedy.
 */
export async function startMinio(announce?: Announce): Promise<S3Service> {
  const program = await minioProgram(announce);
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'bss-minio-'));
  const endpoint = `http://127.0.0.1:${port}`;
  const data = join(folder, 'data');
  await mkdir(data);
  const service = await startService({
    name: 'MinIO',
    command: program,
    args: ['server', data, '--address', `127.0.0.1:${port}`, '--quiet'],
    cwd: folder,
    environment: {
      MINIO_ROOT_USER: LOCATION.accessKeyId,
      MINIO_ROOT_PASSWORD: LOCATION.secretAccessKey,
      MINIO_BROWSER: 'off',
      // It looks for a newer version of itself otherwise.
      MINIO_UPDATE: 'off',
      CI: 'true',
    },
    logPath: join(folder, 'minio.log'),
    temporaryFolder: folder,
    isReady: () => answersGet(`${endpoint}/minio/health/ready`),
    startTimeoutMs: START_TIMEOUT_MS,
  });
  return {
    name: 'MinIO',
    endpoint,
    ...LOCATION,
    createBucket: (name) => createS3Bucket({ endpoint, ...LOCATION }, name),
    stop: async () => {
      await service.stop(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
