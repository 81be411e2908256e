import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Deployment } from '../facts/deployment.ts';
import { isUnderWay } from '../journal/deployment-state.ts';
import { Journal } from '../journal/journal.ts';
import type { DeploymentBegun } from '../journal/journal-event.ts';
import { JournalFile } from '../journal/journal-file.ts';
import { lockJournal } from '../journal/journal-lock.ts';
import { procedureSteps } from '../procedure/procedures.ts';
import { openSite, type Site, type SiteSurroundings } from '../procedure/site.ts';
import type { Step } from '../step/step.ts';
import { type Decision, decide } from '../tree/decide.ts';
import { plannedFacts, refuseChanges } from './planned-facts.ts';

/** A deployment that is about to be carried out or taken back: nobody else can, as long as it is open. */
export interface DeployRun {
  readonly decision: Decision;
  readonly site: Site;
  readonly steps: readonly Step[];
  readonly journal: Journal;
  /** What the journal begins with, should nothing have begun. */
  readonly begin: DeploymentBegun;
}

/** What is around a deployment. */
export interface DeploySurroundings extends Omit<SiteSurroundings, 'id' | 'folder'> {
  readonly clock: Clock;
}

/** The folder of a deployment on this machine: its journal, checkpoints, certificate. */
export function deployFolder(directory: string, name: string): string {
  return resolve(directory, '.bss', 'deploy', name);
}

/**
 * Takes the lock, reads the journal and connects to the landscape; everything is given back with `resources`. What is under
 * way is carried on, taken back and certified as what was begun alone: with another connector, group or topic it would be
 * done to those, and what was changed would stay.
 * @throws DEPLOY_JOURNAL_LOCKED, DEPLOY_JOURNAL_CORRUPT, DEPLOY_CHANGED, and the errors of `decide` and `openSite`.
 */
export async function openDeployRun(
  deployment: Deployment,
  around: DeploySurroundings,
  resources: AsyncDisposableStack,
): Promise<DeployRun> {
  const decision = decide(deployment.facts, deployment.mode);
  const folder = deployFolder(around.directory, deployment.name);
  resources.use(await lockJournal(folder));
  const journal = await Journal.open(resources.use(new JournalFile(folder)), around.clock);
  const { state } = journal;
  const begun = state !== undefined && isUnderWay(state) ? state.begun : undefined;
  const facts = { procedure: decision.procedure, ...plannedFacts(deployment) };
  if (begun !== undefined) refuseChanges(begun.facts, facts, journal.subject);
  const id = begun?.id ?? `${deployment.name}-${randomBytes(3).toString('hex')}`;
  const site = await openSite(deployment, { ...around, id, folder }, resources);
  const steps = procedureSteps(decision.procedure, site);
  if (begun !== undefined) refuseOtherSteps(begun, steps, journal.subject);
  const begin: DeploymentBegun = {
    type: 'begun',
    version: 1,
    name: deployment.name,
    id,
    procedure: decision.procedure,
    mode: deployment.mode,
    facts,
    steps: steps.map((step) => step.id),
  };
  return { decision, site, steps, journal, begin };
}

/** A release whose procedure has other steps cannot know what those of the journal have done. */
function refuseOtherSteps({ steps, procedure }: DeploymentBegun, known: readonly Step[], subject: string): void {
  const ids = known.map(({ id }) => id);
  if (steps.join() === ids.join()) return;
  const message = `the deployment was begun with other steps of ${procedure} than this release has: ${steps.join(', ')}`;
  throw new AppError('DEPLOY_CHANGED', message, {
    subject,
    hint: 'Go on, or take back what was done, with the release of bss that it was begun with.',
  });
}
