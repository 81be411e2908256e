import type { Decision } from '../tree/decide.ts';
import { askConnections, type TopicsOf } from './ask-connections.ts';
import { askFacts } from './ask-facts.ts';
import { askProcedure } from './ask-procedure.ts';
import type { DeploymentDraft } from './deployment-text.ts';
import type { Interviewer } from './interviewer.ts';

/** What is around an interview. */
export interface InterviewAround {
  /** Proposed as the deployment's name. */
  readonly name: string;
  readonly topicsOf: TopicsOf;
  /** The decision as it is shown once the facts are known. */
  readonly tell: (decision: Decision) => string;
}

/** What an interview led to. */
export interface InterviewResult {
  readonly draft: DeploymentDraft;
  readonly decision: Decision;
}

/** Asks for everything that a `deployment.yaml` has to say: facts first, then what their procedure needs. */
export async function interview(
  interviewer: Interviewer,
  { name: proposed, topicsOf, tell }: InterviewAround,
): Promise<InterviewResult> {
  const name = await interviewer.ask({
    key: 'name',
    message: 'What is the deployment called?',
    why: 'It names the journal, and whatever is created.',
    initial: proposed,
    check: (answer) =>
      /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(answer)
        ? undefined
        : 'must be up to 40 of a-z, 0-9 and "-", a letter first',
  });
  const { facts, mode, decision } = await askFacts(interviewer);
  interviewer.show(tell(decision));
  const { bss, topics, runtime } = await askConnections(interviewer, { name, mode, topicsOf });
  const sections = await askProcedure(interviewer, decision.procedure, topics);
  return { draft: { version: 1, name, mode, facts, bss, runtime, ...sections }, decision };
}
