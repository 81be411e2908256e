import type { DeploymentFacts, DeploymentMode } from '../facts/deployment-facts.ts';
import { type Decision, decide, walkTree } from '../tree/decide.ts';
import type { Answer, Fork } from '../tree/decision-tree.ts';
import { answerWord } from '../tree/tree-text.ts';
import type { Choice, Interviewer } from './interviewer.ts';

/** Where the tree led to. */
export interface DecidedFacts {
  readonly facts: DeploymentFacts;
  readonly mode: DeploymentMode;
  readonly decision: Decision;
}

const MODES: readonly Choice[] = [
  { value: 'parallel', label: 'Parallel', hint: 'consumers go on to read the topics that are archived' },
  { value: 'sequential', label: 'Sequential', hint: 'consumers read topics that get records once these are archived' },
];

/** Asks the questions of the tree one by one: only those that the path needs. */
export async function askFacts(interviewer: Interviewer): Promise<DecidedFacts> {
  let facts: DeploymentFacts = {};
  let mode: DeploymentMode | undefined;
  for (;;) {
    const { end } = walkTree({ facts, mode });
    if (end.kind === 'outcome') break;
    const { value } = await askFork(interviewer, end);
    if (typeof value === 'string') mode = value;
    else facts = { ...facts, [end.asks]: value };
  }
  mode ??= await askMode(interviewer);
  return { facts, mode, decision: decide(facts, mode) };
}

async function askFork(interviewer: Interviewer, fork: Fork): Promise<Answer> {
  // Yes stands before no, wherever the tree has it in its picture.
  const answers = fork.answers.toSorted((a, b) => Number(b.value === true) - Number(a.value === true));
  const choices = answers.map(({ value, because }) => {
    const mode = MODES.find((choice) => choice.value === value);
    return mode ?? { value: answerWord(value), label: value === true ? 'Yes' : 'No', hint: because };
  });
  const given = await interviewer.ask({ key: fork.asks, message: fork.question, why: fork.why, choices });
  const answer = answers.find(({ value }) => answerWord(value) === given);
  if (answer === undefined) throw new Error(`"${given}" is no answer to ${fork.id}`);
  return answer;
}

async function askMode(interviewer: Interviewer): Promise<DeploymentMode> {
  const given = await interviewer.ask({
    key: 'mode',
    message: 'Shall consumers go on to read the topics that are archived?',
    why: 'The procedure is the same. In sequential mode consumers move to other topics, and depend on the Storer.',
    choices: MODES,
    initial: 'parallel',
  });
  return given === 'sequential' ? 'sequential' : 'parallel';
}
