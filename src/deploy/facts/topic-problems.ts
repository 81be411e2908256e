import { suggestion } from '../../core/config/nearest-name.ts';
import type { TopicMapping } from '../../core/config/topic-mapping.ts';
import type { Deployment } from './deployment.ts';

/** A problem of a field. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** What does not fit between the sections: topics that are named but not archived, and a mode that topics do not follow. */
export function topicProblems(deployment: Deployment, topics: readonly TopicMapping[]): FieldProblem[] {
  const names = topics.map(({ topic }) => topic);
  const problems: FieldProblem[] = [];
  for (const [section, byTopic] of Object.entries({
    reingestion: deployment.reingestion ?? {},
    'source.tables': deployment.source?.tables ?? {},
    'projections.collections': deployment.projections?.collections ?? {},
  })) {
    for (const topic of Object.keys(byTopic)) {
      if (names.includes(topic)) continue;
      const problem = `is not one of bss.storer.topics${suggestion(topic, names)}`;
      problems.push({ field: `${section}.${topic}`, problem });
    }
  }
  const own = Object.values(deployment.reingestion ?? {}).filter((target) => names.includes(target));
  if (own.length > 0) {
    problems.push({
      field: 'reingestion',
      problem: `must not name archived topics: ${own.join(', ')} would be archived again`,
    });
  }
  if (deployment.mode === 'sequential' && deployment.reingestion !== undefined) {
    problems.push({
      field: 'reingestion',
      problem: 'is for the mode parallel; in sequential mode reloads go to the post-ingestion topics',
    });
  }
  if (deployment.mode === 'sequential') {
    const bare = topics.filter(({ postIngestion }) => postIngestion.length === 0).map(({ topic }) => topic);
    if (bare.length > 0) {
      const problem = `must have postIngestion for every topic in sequential mode, as consumers read those; ${bare.join(', ')} has none`;
      problems.push({ field: 'bss.storer.topics', problem });
    }
  }
  return problems;
}
