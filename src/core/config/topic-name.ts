import type { OptionType } from './option.ts';

/** What is wrong with a topic name by Kafka's rules, or undefined. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '.' || name === '..' || name.length > 249 || !/^[a-zA-Z0-9._-]+$/.test(name)) {
    return 'must be a topic name: 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"';
  }
  return undefined;
}

/** The name of a topic. */
export const topicName: OptionType<string> = {
  placeholder: 'topic',
  suffix: '',
  parse: (raw) => {
    if (typeof raw !== 'string') return { problem: 'must be a topic name' };
    const problem = topicNameProblem(raw);
    return problem === undefined ? { value: raw } : { problem };
  },
  show: (value) => value,
  schema: { type: 'string', pattern: '^[a-zA-Z0-9._-]{1,249}$' },
};
