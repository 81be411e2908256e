import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { must } from '../../src/core/assert.ts';
import { type Clock, systemClock } from '../../src/core/runtime/clock.ts';
import { freePorts } from '../../src/demo/services/free-ports.ts';
import { applySteps, type ApplyOutcome } from '../../src/deploy/apply/apply-steps.ts';
import type { ApplyEvent } from '../../src/deploy/apply/apply-event.ts';
import type { Certificate } from '../../src/deploy/certificate/certificate-schema.ts';
import { plannedFacts } from '../../src/deploy/apply/planned-facts.ts';
import { undoSteps, type UndoOutcome } from '../../src/deploy/apply/undo-steps.ts';
import type { Deployment } from '../../src/deploy/facts/deployment.ts';
import type { ProcedureId } from '../../src/deploy/facts/deployment-facts.ts';
import type { DeploymentState } from '../../src/deploy/journal/deployment-state.ts';
import { Journal } from '../../src/deploy/journal/journal.ts';
import { JournalFile } from '../../src/deploy/journal/journal-file.ts';
import { certifyHandOver } from '../../src/deploy/procedure/hand-over.ts';
import { procedureSteps } from '../../src/deploy/procedure/procedures.ts';
import { openSite, type Site } from '../../src/deploy/procedure/site.ts';
import { uniqueName } from './shared-services.ts';

/** What is deployed, but for what every test of deployments has in common. */
export interface DeployedThing {
  readonly bootstrap: string;
  readonly procedure: ProcedureId;
  readonly storer: Readonly<Record<string, unknown>>;
  readonly deployment?: Partial<Deployment>;
  /** That of this machine unless a test wants another one. */
  readonly clock?: Clock;
}

/** A deployment onto this machine, with a bucket that is a directory. All of it is stopped and removed with the test. */
export interface DeploySite {
  readonly deployment: Deployment;
  readonly site: Site;
  readonly bucketFolder: string;
  readonly events: ApplyEvent[];
  readonly apply: (until?: string) => Promise<ApplyOutcome>;
  readonly undo: () => Promise<UndoOutcome>;
  readonly certify: () => Promise<Certificate>;
  readonly state: () => DeploymentState | undefined;
}

/** Opens it; nothing is applied yet. */
export async function openDeploySite(t: TestContext, thing: DeployedThing): Promise<DeploySite> {
  const directory = await mkdtemp(join(tmpdir(), 'bss-deploy-'));
  const bucketFolder = join(directory, 'bucket');
  await mkdir(bucketFolder);
  const resources = new AsyncDisposableStack();
  const clock = thing.clock ?? systemClock;
  const deployment = await deploymentOf(thing, `file://${bucketFolder}`);
  const folder = join(directory, '.bss');
  const environment = { ...process.env, BSS_TEST_OWNER_PID: String(process.pid) };
  const around = {
    id: deployment.name,
    folder,
    directory,
    environment,
    clock,
    coreCount: 2,
    readFile: readText,
  };
  const site = await openSite(deployment, around, resources);
  const { signal } = new AbortController();
  t.after(async () => {
    const run = { signal, say: () => undefined, askPerson: () => Promise.resolve(), progress: () => undefined };
    await site.runtime.remove(run);
    await resources.disposeAsync();
    await rm(directory, { recursive: true, force: true });
  });
  const steps = procedureSteps(thing.procedure, site);
  const journal = await Journal.open(resources.use(new JournalFile(folder)), clock);
  const events: ApplyEvent[] = [];
  const common = {
    steps,
    journal,
    clock,
    signal,
    watch: (event: ApplyEvent) => void events.push(event),
    ask: () => Promise.resolve(true),
  };
  const begin = {
    type: 'begun',
    version: 1,
    name: deployment.name,
    id: deployment.name,
    procedure: thing.procedure,
    mode: deployment.mode,
    facts: plannedFacts(deployment),
    steps: steps.map(({ id }) => id),
  } as const;
  return {
    deployment,
    site,
    bucketFolder,
    events,
    apply: (until) => applySteps({ ...common, begin, until }),
    undo: () => undoSteps(common),
    certify: () => certifyHandOver({ site, steps, state: must(journal.state, 'it has begun'), tool: 'bss test' }),
    state: () => journal.state,
  };
}

async function deploymentOf({ bootstrap, storer, deployment }: DeployedThing, bucketUrl: string): Promise<Deployment> {
  const [storerPort, reloaderPort] = await freePorts(2);
  const name = uniqueName('deployment');
  return {
    version: 1,
    name,
    mode: 'parallel',
    facts: {},
    bss: {
      kafka: { brokers: [bootstrap] },
      bucket: { url: bucketUrl },
      storer: {
        groupId: `${name}-storers`,
        workers: 1,
        sessionTimeout: '6s',
        rotation: { ageMax: '1s', pollInterval: '100ms' },
        ...storer,
      },
      reloader: {
        groupId: `${name}-reloaders`,
        jobsTopic: `${name}.jobs`,
        tasksTopic: `${name}.tasks`,
        workers: 1,
      },
    },
    runtime: { type: 'local', ports: { storer: storerPort, reloader: reloaderPort } },
    checks: { quietPeriodMs: 1_000, clockSkewMaxMs: 5_000, samples: 10, loadTimeoutMs: 120_000 },
    ...deployment,
  };
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
