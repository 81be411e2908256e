import { ALL_TABLES } from '../../core/config/service-shapes.ts';
import { AppError } from '../../core/errors.ts';
import type { Deployment } from '../facts/deployment.ts';
import type { JsonValue } from '../step/step.ts';

type Facts = Readonly<Record<string, JsonValue>>;

const CHANGES_SHOWN_MAX = 10;
/** Options that are never to be printed, and what else holds a secret. */
const SECRETS = new Set([
  ...ALL_TABLES.flatMap((table) => Object.entries(table).flatMap(([path, { secret }]) => (secret ? [path] : []))),
  'cdc.token',
]);
/** Certificates are renewed. */
const RENEWED = /^cdc\.tls\./;

/**
 * What a deployment says, each value by its path, without its secrets: those may change while it is carried out, nothing
 * else may. `checks` may, too: how strict they are, or how long they wait, changes nothing that was done.
 */
export function plannedFacts({ checks: _checks, ...deployment }: Deployment): Facts {
  const facts: Record<string, JsonValue> = {};
  flatten(deployment, [], facts);
  return facts;
}

/**
 * A `source` where there was none may be added: it is evidence, by which more is counted.
 * @throws DEPLOY_CHANGED naming what is not as it was when the deployment began.
 */
export function refuseChanges(before: Facts, after: Facts, subject: string): void {
  const hadSource = Object.keys(before).some(isSource);
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((path) => hadSource || !isSource(path))
    .toSorted();
  const changed = paths.filter((path) => JSON.stringify(before[path]) !== JSON.stringify(after[path]));
  if (changed.length === 0) return;
  const shown = changed
    .slice(0, CHANGES_SHOWN_MAX)
    .map((path) => `${path}: was ${show(before[path])}, is ${show(after[path])}`);
  const more = changed.length - shown.length;
  throw new AppError(
    'DEPLOY_CHANGED',
    `the deployment is not the one that was begun: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    {
      subject,
      hint: 'Put back what was changed. Then go on with `bss deploy apply`, or take back what was done with `bss deploy undo` and begin anew with the changes.',
    },
  );
}

function isSource(path: string): boolean {
  return path.startsWith('source.');
}

function flatten(value: unknown, path: readonly string[], facts: Record<string, JsonValue>): void {
  if (value === undefined) return;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, below] of Object.entries(value)) flatten(below, [...path, name], facts);
    return;
  }
  // Sections of `bss.yaml` may be written nested or with dots; both are the same option.
  const name = path.join('.');
  const option = path[0] === 'bss' ? path.slice(1).join('.') : name;
  if (!SECRETS.has(option) && !RENEWED.test(name)) facts[name] = plain(value);
}

/** As JSON has it; addresses without user and password, wherever those are. */
function plain(value: unknown): JsonValue {
  if (typeof value === 'string') {
    return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1').replace(/([?&]password=)[^&]*/gi, '$1');
  }
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(plain);
  // Parsed from YAML, it can hold nothing else than JSON can.
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function show(value: JsonValue | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
