import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { openFileBucket } from '../../src/core/bucket/file-bucket.ts';
import { systemClock } from '../../src/core/runtime/clock.ts';
import { freePorts } from '../../src/demo/services/free-ports.ts';
import { type CommandResult, tryCommand } from '../../src/demo/services/run-command.ts';
import type { Certificate } from '../../src/deploy/certificate/certificate-schema.ts';
import type { DeploymentFacts, ProcedureId } from '../../src/deploy/facts/deployment-facts.ts';
import type { DeploymentState } from '../../src/deploy/journal/deployment-state.ts';
import { createRuntime } from '../../src/deploy/runtime/create-runtime.ts';
import type { Runtime } from '../../src/deploy/runtime/runtime.ts';
import { readState } from '../../src/deploy/journal/journal.ts';
import { journalReader } from '../../src/deploy/journal/journal-file.ts';
import { uniqueName } from './shared-services.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const COMMAND_TIMEOUT_MS = 180_000;

const OLDER = { greenfield: false, olderDataWanted: true };
const NO_CDC = { ...OLDER, nearRealTimeCritical: false, cdc: false, scheduledFullImport: false };

/** Facts that lead to each procedure. */
const FACTS: Readonly<Record<ProcedureId, DeploymentFacts>> = {
  P1: { greenfield: false, olderDataWanted: false },
  P2: { ...OLDER, nearRealTimeCritical: true, cdc: true, cdcSeveralIngestionTasks: true },
  P3: { ...OLDER, nearRealTimeCritical: true, cdc: true, cdcSeveralIngestionTasks: false },
  P4: { ...OLDER, nearRealTimeCritical: false, cdc: true },
  P5: { ...NO_CDC, rawDataArchived: true, dumpPossible: true },
  P6: { ...NO_CDC, rawDataArchived: false, dumpReconstructible: true },
};

/** What is deployed, but for what every such test has in common. */
export interface CommandedThing {
  readonly bootstrap: string;
  readonly procedure: ProcedureId;
  readonly storer: Readonly<Record<string, unknown>>;
  /** Further sections of deployment.yaml, as it has them. */
  readonly sections?: Readonly<Record<string, unknown>>;
}

/** A folder with a `deployment.yaml`, in which `bss deploy` is run as its users do. */
export interface CommandSite {
  readonly cwd: string;
  readonly name: string;
  readonly groupId: string;
  readonly bucket: Bucket;
  readonly bucketFolder: string;
  /** Certificates are there too. */
  readonly folder: string;
  /** For commands. */
  readonly environment: Readonly<Record<string, string>>;
  readonly bss: (args: readonly string[]) => Promise<CommandResult>;
  /** Where its services run. */
  readonly runtime: Runtime;
  readonly state: () => Promise<DeploymentState | undefined>;
  /** What `bss deploy verify` says. */
  readonly certify: () => Promise<Certificate>;
}

/** Writes the deployment; nothing is applied yet. Its services and files are removed with the test. */
export async function openCommandSite(t: TestContext, thing: CommandedThing): Promise<CommandSite> {
  const cwd = await mkdtemp(join(tmpdir(), 'bss-command-'));
  const [name, bucketFolder] = [uniqueName('site'), join(cwd, 'bucket')];
  await mkdir(bucketFolder);
  const groupId = `${name}-storers`;
  await writeFile(
    join(cwd, 'deployment.yaml'),
    stringify(await deploymentFile(thing, { name, groupId, bucketFolder })),
  );
  const environment = { BSS_TEST_OWNER_PID: String(process.pid) };
  const bss = (args: readonly string[]): Promise<CommandResult> =>
    tryCommand(process.execPath, [MAIN, ...args], { cwd, environment, timeoutMs: COMMAND_TIMEOUT_MS });
  const runtime = createRuntime(
    { name, runtime: { type: 'local' } },
    { directory: cwd, environment, clock: systemClock },
  );
  t.after(async () => {
    const { signal } = new AbortController();
    await runtime.remove({
      signal,
      say: () => undefined,
      askPerson: () => Promise.resolve(),
      progress: () => undefined,
    });
    await rm(cwd, { recursive: true, force: true });
  });
  const folder = join(cwd, '.bss', 'deploy', name);
  return {
    cwd,
    name,
    groupId,
    bucket: await openFileBucket(bucketFolder),
    bucketFolder,
    folder,
    environment,
    runtime,
    bss,
    state: () => readState(journalReader(folder)),
    certify: async () => parsed(await bss(['deploy', 'verify', '--json'])) as Certificate,
  };
}

/** @throws with what the command said when it did not answer with JSON */
function parsed({ stdout, stderr }: CommandResult): unknown {
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new Error(`not JSON: ${stdout}${stderr}`, { cause });
  }
}

interface Place {
  readonly name: string;
  readonly groupId: string;
  readonly bucketFolder: string;
}

async function deploymentFile(
  { bootstrap, procedure, storer, sections }: CommandedThing,
  { name, groupId, bucketFolder }: Place,
): Promise<Readonly<Record<string, unknown>>> {
  const [storerPort, reloaderPort] = await freePorts(2);
  return {
    version: 1,
    name,
    mode: 'parallel',
    facts: FACTS[procedure],
    bss: {
      kafka: { brokers: [bootstrap] },
      bucket: { url: `file://${bucketFolder}` },
      storer: {
        groupId,
        workers: 1,
        sessionTimeout: '6s',
        rotation: { ageMax: '500ms', pollInterval: '50ms' },
        ...storer,
      },
      reloader: { groupId: `${name}-r`, jobsTopic: `${name}.jobs`, tasksTopic: `${name}.tasks`, workers: 1 },
    },
    runtime: { type: 'local', ports: { storer: storerPort, reloader: reloaderPort } },
    checks: { quietPeriod: '1s', samples: 10, loadTimeout: '2m' },
    ...sections,
  };
}
