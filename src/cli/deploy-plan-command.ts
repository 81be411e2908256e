import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { optional, withDefault } from '../core/config/option.ts';
import { boolean, filePath } from '../core/config/option-types.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { loadDeployment } from '../deploy/facts/load-deployment.ts';
import { planJson } from '../deploy/plan-text/plan-json.ts';
import { planText } from '../deploy/plan-text/plan-text.ts';
import { decide } from '../deploy/tree/decide.ts';
import { treeSvg } from '../deploy/tree/tree-svg.ts';
import { defineCommand } from './command.ts';
import { treeTextOptions } from './tree-text-options.ts';
import { writeOutput } from './write-output.ts';

/** `bss deploy plan`: which procedure, why, and what would be done. */
export const deployPlanCommand = defineCommand({
  description:
    'Walks the decision tree with the facts of a deployment.yaml, and shows the procedure, the reason at every fork and a ' +
    'picture of the tree. Changes nothing.',
  positionals: [],
  options: {
    file: withDefault(filePath, 'deployment.yaml', { doc: 'The facts and connections.', flags: ['f'] }),
    svg: optional(filePath, { doc: 'Writes the picture of the tree, with the path marked, into this file.' }),
    ascii: withDefault(boolean, false, { doc: 'Draw with characters that every terminal has.' }),
  },
  examples: [
    { line: 'bss deploy plan --file deployment.yaml', doc: 'Which procedure, and why' },
    { line: 'bss deploy plan --svg plan.svg', doc: 'The picture, for those who approve it' },
  ],
  async run({ options, host }) {
    const deployment = loadDeployment(options.file, host.env, host.directory);
    const decision = decide(deployment.facts, deployment.mode);
    if (options.svg !== undefined) {
      await writeFile(resolve(host.directory, options.svg), treeSvg(decision, `Deployment of ${deployment.name}`));
    }
    const plan = { deployment, decision, steps: undefined };
    const text = options.json
      ? `${JSON.stringify(planJson(plan))}\n`
      : planText(plan, treeTextOptions(host, options.ascii));
    await writeOutput(host.stdout, text);
    return EXIT_CODES.ok;
  },
});
