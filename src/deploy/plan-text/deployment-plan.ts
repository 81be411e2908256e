import type { Deployment } from '../facts/deployment.ts';
import type { Step, StepDescription, StepEstimate } from '../step/step.ts';
import type { Decision } from '../tree/decide.ts';

/** What `bss deploy plan` shows. */
export interface DeploymentPlan {
  readonly deployment: Pick<Deployment, 'name' | 'mode'>;
  readonly decision: Decision;
  /** Undefined when only the decision was asked for. */
  readonly steps: readonly PlannedStep[] | undefined;
}

/** A step, and what it says of itself. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly guideline: string | undefined;
  readonly description: StepDescription;
}

/**
 * Asks every step, in order, for its description; nothing is changed by it. `estimates`, by the id of the step, for those
 * that have none of their own.
 */
export async function describeSteps(
  steps: readonly Step[],
  estimates: ReadonlyMap<string, StepEstimate> = new Map(),
): Promise<PlannedStep[]> {
  const planned: PlannedStep[] = [];
  for (const step of steps) {
    const { id, title, guideline } = step;
    const described = await step.describe();
    const estimate = described.estimate ?? estimates.get(id);
    planned.push({ id, title, guideline, description: { ...described, ...(estimate !== undefined && { estimate }) } });
  }
  return planned;
}
