import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { optional, withDefault } from '../core/config/option.ts';
import { boolean, filePath } from '../core/config/option-types.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { deployFolder } from '../deploy/apply/open-deploy-run.ts';
import type { Deployment } from '../deploy/facts/deployment.ts';
import { isUnderWay } from '../deploy/journal/deployment-state.ts';
import { readState } from '../deploy/journal/journal.ts';
import { journalReader } from '../deploy/journal/journal-file.ts';
import { describeSteps, type PlannedStep } from '../deploy/plan-text/deployment-plan.ts';
import { planJson } from '../deploy/plan-text/plan-json.ts';
import { planText } from '../deploy/plan-text/plan-text.ts';
import { procedureSteps } from '../deploy/procedure/procedures.ts';
import { openSite } from '../deploy/procedure/site.ts';
import { estimateSteps } from '../deploy/procedure/step-estimates.ts';
import { type Decision, decide } from '../deploy/tree/decide.ts';
import { treeSvg } from '../deploy/tree/tree-svg.ts';
import type { CliHost } from './cli-host.ts';
import { defineCommand } from './command.ts';
import { DEPLOY_FILE_OPTION, deploymentOf } from './deploy-options.ts';
import { treeTextOptions } from './tree-text-options.ts';
import { writeOutput } from './write-output.ts';

/** `bss deploy plan`: which procedure, why, and what would be done. */
export const deployPlanCommand = defineCommand({
  description:
    'Walks the decision tree with the facts of a deployment.yaml, and shows the procedure, the reason at every fork, a ' +
    'picture of the tree, and every step: what it is given, needs, changes and checks, how it is taken back, and how much ' +
    'it will move by the offsets of now. Changes nothing.',
  positionals: [],
  options: {
    ...DEPLOY_FILE_OPTION,
    decisionOnly: withDefault(boolean, false, { doc: 'Without the steps: then nothing is connected to.' }),
    svg: optional(filePath, { doc: 'Writes the picture of the tree, with the path marked, into this file.' }),
    ascii: withDefault(boolean, false, { doc: 'Draw with characters that every terminal has.' }),
  },
  examples: [
    { line: 'bss deploy plan', doc: 'Which procedure, why, and what would it do?' },
    { line: 'bss deploy plan --decision-only --svg plan.svg', doc: 'The picture, for those who approve it' },
  ],
  async run({ options, host }) {
    const deployment = deploymentOf(options.file, host);
    const decision = decide(deployment.facts, deployment.mode);
    if (options.svg !== undefined) {
      await writeFile(resolve(host.directory, options.svg), treeSvg(decision, `Deployment of ${deployment.name}`));
    }
    const steps = options.decisionOnly ? undefined : await plannedSteps(deployment, decision, host);
    const plan = { deployment, decision, steps };
    const text = options.json
      ? `${JSON.stringify(planJson(plan))}\n`
      : planText(plan, treeTextOptions(host, options.ascii));
    await writeOutput(host.stdout, text);
    return EXIT_CODES.ok;
  },
});

/** Connects to the landscape and asks every step; takes no lock, so that it can be looked at while it is carried out. */
async function plannedSteps(deployment: Deployment, decision: Decision, host: CliHost): Promise<PlannedStep[]> {
  await using resources = new AsyncDisposableStack();
  const { directory, env: environment, clock, coreCount, readFile } = host;
  const folder = deployFolder(directory, deployment.name);
  const state = await readState(journalReader(folder));
  // What is under way goes by its own name; what has not begun gets one when it begins.
  const id = state !== undefined && isUnderWay(state) ? state.begun.id : `${deployment.name}-plan`;
  const around = { id, folder, directory, environment, clock, coreCount, readFile };
  const site = await openSite(deployment, around, resources);
  return await describeSteps(procedureSteps(decision.procedure, site), await estimateSteps(decision.procedure, site));
}
