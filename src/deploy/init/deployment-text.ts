import { Document, isMap, isScalar, type Pair } from 'yaml';
import { ALL_TABLES } from '../../core/config/service-shapes.ts';
import { wrapText } from '../../core/runtime/wrap-text.ts';
import { DeploymentSchema, sectionSchema } from '../facts/deployment-schema.ts';
import { PROCEDURES } from '../tree/procedures.ts';
import type { Decision } from '../tree/decide.ts';
import type { Section } from './ask-connections.ts';

const WIDTH = 100;

/** A `deployment.yaml` that is to be written: its keys in order. */
export type DeploymentDraft = Section;

/** The text of the file: every key with a comment that says what it is, taken from the schema and the option tables. */
export function deploymentText(draft: DeploymentDraft, decision: Decision): string {
  const document = new Document(draft);
  document.commentBefore = comment(
    `Facts and connections of a deployment of bucket storage. docs/deploy.md describes every key.\n` +
      `The facts lead to ${decision.procedure}: ${PROCEDURES[decision.procedure].title}. ` +
      `\`bss deploy plan\` shows why, and every step. \${NAME} is taken from the environment.`,
  );
  commentKeys(document.contents, [], draft);
  return document.toString({ lineWidth: 0 });
}

function commentKeys(node: unknown, path: readonly string[], draft: DeploymentDraft): void {
  if (!isMap(node)) return;
  for (const pair of node.items) commentPair(pair, path, draft);
}

function commentPair({ key, value }: Pair, path: readonly string[], draft: DeploymentDraft): void {
  if (!isScalar(key)) return;
  const at = [...path, String(key.value)];
  const description = descriptionOf(at, draft);
  if (description !== undefined) key.commentBefore = comment(description, 2 * path.length);
  if (path.length === 0 && key.value !== 'version') key.spaceBefore = true;
  commentKeys(value, at, draft);
}

/** What the key is: options of `bss` by their tables, others by the schema. */
function descriptionOf(path: readonly string[], draft: DeploymentDraft): string | undefined {
  if (path[0] === 'bss' && path.length > 1) {
    const option = path.slice(1).join('.');
    return ALL_TABLES.find((table) => Object.hasOwn(table, option))?.[option]?.doc;
  }
  const [section = '', ...below] = path;
  const kind = sectionSchema(section, draft[section]);
  let at: unknown = kind !== undefined && below.length > 0 ? kind : DeploymentSchema;
  for (const name of kind !== undefined && below.length > 0 ? below : path) {
    const properties: unknown = typeof at === 'object' && at !== null ? Reflect.get(at, 'properties') : undefined;
    at = typeof properties === 'object' && properties !== null ? Reflect.get(properties, name) : undefined;
  }
  const description: unknown = typeof at === 'object' && at !== null ? Reflect.get(at, 'description') : undefined;
  return typeof description === 'string' ? description : undefined;
}

function comment(text: string, indent = 0): string {
  return wrapText(text, WIDTH - indent)
    .map((line) => ` ${line}`)
    .join('\n');
}
