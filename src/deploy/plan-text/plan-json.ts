import type { JsonValue, StepDescription, StepEstimate } from '../step/step.ts';
import type { Decision } from '../tree/decide.ts';
import { PROCEDURES } from '../tree/procedures.ts';
import type { DeploymentPlan } from './deployment-plan.ts';

/** The plan for programs: `decision`, and `steps` (null when only the decision was asked for). */
export function planJson({ deployment: { name, mode }, decision, steps }: DeploymentPlan): JsonValue {
  return {
    name,
    mode,
    decision: decisionJson(decision),
    steps:
      steps?.map(({ id, title, guideline, description }) => ({
        id,
        title,
        guideline: guideline ?? null,
        ...descriptionJson(description),
      })) ?? null,
  };
}

function decisionJson({ path, outcome, procedure, covered, remarks }: Decision): JsonValue {
  return {
    procedure,
    title: PROCEDURES[procedure].title,
    summary: PROCEDURES[procedure].summary,
    covered,
    guideline: outcome.guideline,
    risk: outcome.risk ?? null,
    remarks,
    path: path.map(({ fork, answer }) => ({
      fork: fork.id,
      asks: fork.asks,
      question: fork.question,
      answer: answer.value,
      because: answer.because,
      guideline: fork.guideline ?? null,
    })),
  };
}

function descriptionJson(description: StepDescription): Readonly<Record<string, JsonValue>> {
  const { inputs, changes, preconditions, checks, undo, undoImpossible, estimate } = description;
  return {
    inputs,
    changes,
    preconditions,
    checks,
    undo: undo ?? null,
    undoImpossible: undoImpossible ?? null,
    estimate: estimate === undefined ? null : estimateJson(estimate),
  };
}

function estimateJson({ records, bytes, durationMs }: StepEstimate): JsonValue {
  return { records: records ?? null, bytes: bytes ?? null, durationMs: durationMs ?? null };
}
