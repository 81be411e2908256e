import { folderProblem } from '../archive/archive-layout.ts';
import type { OptionType, Parsed, RawValue } from './option.ts';
import { isList, isObject } from './raw-value.ts';
import { topicNameProblem } from './topic-name.ts';

/** One topic to be archived. */
export interface TopicMapping {
  readonly topic: string;
  /** Folder of the bucket. */
  readonly folder: string;
  /** Topics that its records are forwarded to once they are in the bucket. */
  readonly postIngestion: readonly string[];
}

const FIELDS = ['topic', 'folder', 'postIngestion'];

/** A list of topics: names, or `{topic, folder, postIngestion}`. As text: `orders, customers:crm` or JSON. */
export const topicMappings: OptionType<readonly TopicMapping[]> = {
  placeholder: 'topic[:folder],...',
  suffix: '',
  parse: parseMappings,
  fromText,
  show: (value) =>
    value
      .map(({ topic, folder, postIngestion }) => {
        const place = folder === topic ? topic : `${topic}:${folder}`;
        return postIngestion.length === 0 ? place : `${place} -> ${postIngestion.join(' + ')}`;
      })
      .join(', '),
  schema: {
    type: 'array',
    minItems: 1,
    items: {
      anyOf: [
        { type: 'string', minLength: 1 },
        {
          type: 'object',
          required: ['topic'],
          additionalProperties: false,
          properties: {
            topic: { type: 'string', minLength: 1, description: 'The topic to archive.' },
            folder: {
              type: 'string',
              minLength: 1,
              description: "Folder of the bucket; the topic's name when absent.",
            },
            postIngestion: {
              type: 'array',
              items: { type: 'string', minLength: 1 },
              description: 'Topics that its records are forwarded to once they are in the bucket.',
            },
          },
        },
      ],
    },
  },
};

function fromText(given: string): RawValue {
  if (given.trimStart().startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(given);
      return isRawValue(parsed) ? parsed : given;
    } catch {
      return given;
    }
  }
  return given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => {
      const colon = item.indexOf(':');
      return colon === -1 ? item : { topic: item.slice(0, colon), folder: item.slice(colon + 1) };
    });
}

/** Whatever JSON.parse gives is one; the check is for the compiler. */
function isRawValue(value: unknown): value is RawValue {
  return value !== undefined;
}

function parseMappings(raw: RawValue): Parsed<readonly TopicMapping[]> {
  if (!isList(raw) || raw.length === 0) return { problem: 'must be a list with at least one topic' };
  const mappings: TopicMapping[] = [];
  for (const [index, item] of raw.entries()) {
    const parsed = parseMapping(item);
    if ('problem' in parsed) return { problem: `item ${index + 1} ${parsed.problem}` };
    if (mappings.some(({ topic }) => topic === parsed.value.topic)) {
      return { problem: `item ${index + 1} names the topic ${parsed.value.topic} a second time` };
    }
    mappings.push(parsed.value);
  }
  const loop = findLoop(mappings);
  if (loop !== undefined) return { problem: `forwards in a circle: ${loop.join(' -> ')}` };
  return { value: Object.freeze(mappings) };
}

function parseMapping(item: RawValue): Parsed<TopicMapping> {
  const given = typeof item === 'string' ? { topic: item } : item;
  if (!isObject(given)) return { problem: 'must be a topic name or {topic, folder, postIngestion}' };
  const unknown = Object.keys(given).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return { problem: `has an unknown field "${unknown}"; known are ${FIELDS.join(', ')}` };
  const { topic, folder = topic, postIngestion = [] } = given;
  if (typeof topic !== 'string') return { problem: 'must have a field "topic"' };
  const nameProblem = topicNameProblem(topic);
  if (nameProblem !== undefined) return { problem: `("${topic}") ${nameProblem}` };
  if (typeof folder !== 'string') return { problem: `(${topic}) has a folder that is not a text` };
  const wrong = folderProblem(folder);
  if (wrong !== undefined) {
    return { problem: `(${topic}) has the folder "${folder}", which ${wrong}; give it another one (topic:folder)` };
  }
  if (!isList(postIngestion)) return { problem: `(${topic}) must have a list as postIngestion` };
  const targets: string[] = [];
  for (const target of postIngestion) {
    if (typeof target !== 'string' || topicNameProblem(target) !== undefined) {
      return { problem: `(${topic}) has a post-ingestion topic that is not a topic name` };
    }
    if (targets.includes(target)) return { problem: `(${topic}) names the post-ingestion topic ${target} twice` };
    targets.push(target);
  }
  return { value: Object.freeze({ topic, folder, postIngestion: Object.freeze(targets) }) };
}

/** Topics that would feed each other for ever. */
function findLoop(mappings: readonly TopicMapping[]): string[] | undefined {
  const targetsOf = new Map(mappings.map(({ topic, postIngestion }) => [topic, postIngestion]));
  const harmless = new Set<string>();
  const walk = (topic: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(topic)) return [...path.slice(path.indexOf(topic)), topic];
    if (harmless.has(topic)) return undefined;
    for (const target of targetsOf.get(topic) ?? []) {
      const loop = walk(target, [...path, topic]);
      if (loop !== undefined) return loop;
    }
    harmless.add(topic);
    return undefined;
  };
  for (const { topic } of mappings) {
    const loop = walk(topic, []);
    if (loop !== undefined) return loop;
  }
  return undefined;
}
