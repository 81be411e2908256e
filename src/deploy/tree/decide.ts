import { AppError } from '../../core/errors.ts';
import type { DeploymentFacts, DeploymentMode, ProcedureId } from '../facts/deployment-facts.ts';
import { contradictions, remarksOn } from './contradictions.ts';
import { type Answer, type AnswerValue, type Asked, DECISION_TREE, type Fork, type Outcome } from './decision-tree.ts';

/** What the tree is walked with. */
export interface TreeAnswers {
  readonly facts: DeploymentFacts;
  /** Undefined: not known yet; the tree asks for it only in a new installation. */
  readonly mode?: DeploymentMode | undefined;
}

/** A fork that was passed, and how. */
export interface Turn {
  readonly fork: Fork;
  readonly answer: Answer;
}

/** How far the answers lead. */
export interface Walk {
  readonly path: readonly Turn[];
  /** Where they end: at a procedure, or at the fork whose answer is missing. */
  readonly end: Fork | Outcome;
}

/** The procedure for a landscape, and why it is that one. */
export interface Decision {
  /** From the first question to the last. */
  readonly path: readonly Turn[];
  readonly outcome: Outcome;
  readonly procedure: ProcedureId;
  /** False: the guidelines have no answer, and the procedure is the nearest one; `outcome.risk` says what is risked. */
  readonly covered: boolean;
  /** What the tree does not ask for, and is to be thought of nevertheless. */
  readonly remarks: readonly string[];
}

/** Follows the answers from the first question on, as far as they go. Contradictions are not looked for. */
export function walkTree(answers: TreeAnswers): Walk {
  const path: Turn[] = [];
  let at: Fork | Outcome = DECISION_TREE;
  while (at.kind === 'fork') {
    const given = answerTo(at.asks, answers);
    const answer: Answer | undefined = at.answers.find(({ value }) => value === given);
    if (answer === undefined) break;
    path.push({ fork: at, answer });
    at = answer.to;
  }
  return { path, end: at };
}

/**
 * Decides on the procedure.
 * @throws DEPLOY_FACTS_CONTRADICTORY, with every contradiction; DEPLOY_FACTS_MISSING, with what the path still asks for.
 */
export function decide(facts: DeploymentFacts, mode: DeploymentMode): Decision {
  const contradictory = contradictions(facts);
  if (contradictory.length > 0) {
    const lines = contradictory.map((problem) => `\n  - ${problem}`);
    throw new AppError('DEPLOY_FACTS_CONTRADICTORY', `the facts contradict each other:${lines.join('')}`, {
      subject: 'facts',
    });
  }
  const { path, end } = walkTree({ facts, mode });
  if (end.kind === 'fork') throw missingFact(end);
  return {
    path,
    outcome: end,
    procedure: end.procedure,
    covered: end.covered,
    remarks: remarksOn(end, facts, mode),
  };
}

function answerTo(asked: Asked, { facts, mode }: TreeAnswers): AnswerValue | undefined {
  return asked === 'mode' ? mode : facts[asked];
}

/** The first answer that is missing, and those that may be asked for after it. */
function missingFact(fork: Fork): AppError {
  const later = [...new Set(questionsBelow(fork))].filter((asked) => asked !== fork.asks);
  const further = later.length === 0 ? '' : `\n  Depending on the answer, these too: ${later.map(factKey).join(', ')}`;
  return new AppError(
    'DEPLOY_FACTS_MISSING',
    `the decision tree needs an answer that is missing:\n  - ${factKey(fork.asks)}: ${fork.question}${further}`,
    { subject: factKey(fork.asks), hint: `${fork.why} Answer it in deployment.yaml, or let \`bss deploy init\` ask.` },
  );
}

/** Where `deployment.yaml` has the answer. */
function factKey(asked: Asked): string {
  return asked === 'mode' ? 'mode' : `facts.${asked}`;
}

function questionsBelow(fork: Fork): Asked[] {
  return fork.answers.flatMap(({ to }) => (to.kind === 'fork' ? [to.asks, ...questionsBelow(to)] : []));
}
