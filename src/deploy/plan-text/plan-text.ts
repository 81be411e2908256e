import { formatBytes, formatCompact, formatDuration } from '../../core/runtime/human-units.ts';
import { displayWidth } from '../../core/runtime/text-table.ts';
import { wrapText } from '../../core/runtime/wrap-text.ts';
import type { StepEstimate } from '../step/step.ts';
import type { Decision } from '../tree/decide.ts';
import { PROCEDURES } from '../tree/procedures.ts';
import { answerWord, treeText, type TreeTextOptions } from '../tree/tree-text.ts';
import type { DeploymentPlan, PlannedStep } from './deployment-plan.ts';

const LABEL_WIDTH = 9;

/** Procedure, path with its reasons, and the picture. Ends with a line break. */
export function decisionText(decision: Decision, heading: string, options: TreeTextOptions): string {
  const { palette } = options;
  const { procedure, covered, outcome, remarks } = decision;
  const { title, summary } = PROCEDURES[procedure];
  const nearest = covered ? '' : ', the nearest procedure: the guidelines have no answer here';
  const lines = [
    ...paragraph('', palette.bold(`${heading}: ${procedure} ${title}${nearest}`), options),
    ...paragraph('  ', summary, options),
  ];
  const said = `The guidelines: ${outcome.guideline}`;
  lines.push(...paragraph('  ', covered ? palette.dim(said) : palette.yellow(outcome.guideline), options));
  if (outcome.risk !== undefined) {
    const told = `${covered ? 'To be watched' : 'Risk'}: ${outcome.risk}`;
    lines.push(...paragraph('  ', covered ? told : palette.yellow(told), options));
  }
  for (const remark of remarks) lines.push(...paragraph('  ', `Note: ${remark}`, options));
  lines.push('', palette.bold('Why'), ...reasons(decision, options), '', palette.bold('The decision tree'));
  return `${lines.join('\n')}\n${treeText(decision.path, options)}`;
}

/** The whole plan: the decision, then every step with what it is given, changes, needs, checks and takes back. */
export function planText({ deployment, decision, steps }: DeploymentPlan, options: TreeTextOptions): string {
  const { palette } = options;
  const head = decisionText(decision, `Deployment ${deployment.name}`, options);
  if (steps === undefined) return head;
  const lines = ['', palette.bold('Steps'), ...steps.flatMap((step, index) => stepLines(step, index + 1, options))];
  return `${head}${lines.map((line) => `${line.trimEnd()}\n`).join('')}`;
}

function reasons({ path }: Decision, options: TreeTextOptions): string[] {
  const { palette } = options;
  return path.flatMap(({ fork, answer }) => {
    const word = palette.green(answerWord(answer.value));
    return [
      ...paragraph('  ', `${fork.question} ${word}`, options),
      ...paragraph('    ', palette.dim(answer.because), options),
    ];
  });
}

function undoText(undo: string | undefined, impossible: string | undefined): string {
  if (undo === undefined) return impossible === undefined ? 'not possible' : `not possible: ${impossible}`;
  return impossible === undefined ? undo : `${undo}; ${impossible}`;
}

function stepLines(
  { id, title, guideline, description }: PlannedStep,
  number: number,
  options: TreeTextOptions,
): string[] {
  const { palette } = options;
  const { inputs, changes, preconditions, checks, undo, undoImpossible, estimate } = description;
  const back = undoText(undo, undoImpossible);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['from', guideline === undefined ? [] : [`the guidelines: ${guideline}`]],
    ['given', inputs],
    ['needs', preconditions],
    ['changes', changes.length === 0 ? ['nothing'] : changes],
    ['checks', checks],
    ['undo', changes.length === 0 ? [] : [back]],
    ['moves', estimate === undefined ? [] : [estimateText(estimate)]],
  ];
  return [
    '',
    ...hanging(`${String(number).padStart(2)}  `, '    ', `${palette.bold(title)}  ${palette.dim(id)}`, options),
    ...rows.flatMap(([label, texts]) =>
      texts.flatMap((text, index) =>
        row(index === 0 ? label : '', label === 'from' ? palette.dim(text) : text, options),
      ),
    ),
  ];
}

function row(label: string, text: string, options: TreeTextOptions): string[] {
  const head = `    ${options.palette.cyan(label)}${' '.repeat(LABEL_WIDTH - label.length)}`;
  return hanging(head, ' '.repeat(4 + LABEL_WIDTH), text, options);
}

function estimateText({ records, bytes, durationMs }: StepEstimate): string {
  const parts = [
    ...(records === undefined ? [] : [`${formatCompact(records)} records`]),
    ...(bytes === undefined ? [] : [formatBytes(bytes)]),
    ...(durationMs === undefined ? [] : [`about ${formatDuration(durationMs)}`]),
  ];
  return parts.length === 0 ? 'an amount that cannot be told beforehand' : parts.join(', ');
}

function paragraph(indent: string, text: string, options: TreeTextOptions): string[] {
  return hanging(indent, indent, text, options);
}

/** Colours may go over several lines: terminals keep them until they are ended. */
function hanging(head: string, below: string, text: string, { width }: TreeTextOptions): string[] {
  const [first = '', ...rest] = wrapText(text, Math.max(20, width - displayWidth(below)));
  return [head + first, ...rest.map((line) => below + line)];
}
