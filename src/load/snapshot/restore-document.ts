import { type RestoreRule } from './restore-rule.ts';
import { mayBeRespelled, restoreValue } from './restore-value.ts';

/** A field of which not every value got back. */
export interface FieldNotRestored {
  /** Name in the source; in the projection when the mapping does not know it. */
  readonly field: string;
  readonly reason: string;
  /** How many documents had a value that was left out. */
  readonly values: number;
  /** `_id` of the first of them. */
  readonly firstId: string;
}

/** What restoring the fields of a projection's documents came to so far. */
export interface FieldReport {
  readonly notRestored: readonly FieldNotRestored[];
  /** Fields of the source whose values are right, but may have been spelled otherwise. */
  readonly respelled: readonly string[];
}

/** What restores the documents of a projection. */
export interface DocumentRules {
  /** Undefined: every field is kept under its name, as it is. */
  readonly rules: readonly RestoreRule[] | undefined;
  /** Fields of the source without which a record has no key. */
  readonly primaryKeys: readonly string[];
}

/** A record of the source, as JSON; or why it has no key. */
export type RestoredDocument = { readonly json: string } | { readonly problem: string };

/** Fields that the platform adds to every document; no message of a source becomes them. */
const METADATA = new Set(['_id', 'creatorId', 'createdAt', 'updaterId', 'updatedAt', '__STATE__', 'timestamp']);
const INTERNAL_PREFIX = '__internal__';

/** Turns documents of one projection back into records of its source, and keeps count of what does not get back. */
export class DocumentRestorer {
  readonly #rules: readonly RestoreRule[] | undefined;
  readonly #primaryKeys: ReadonlySet<string>;
  readonly #mapped: ReadonlySet<string>;
  readonly #lost = new Map<string, FieldNotRestored>();
  readonly #respelled = new Set<string>();

  /** `before`: what was counted before a crash. */
  constructor({ rules, primaryKeys }: DocumentRules, before?: FieldReport) {
    this.#rules = rules;
    this.#primaryKeys = new Set(primaryKeys);
    this.#mapped = new Set(rules?.map(({ targetField }) => targetField));
    for (const lost of before?.notRestored ?? []) this.#lost.set(lostName(lost.field, lost.reason), lost);
    for (const field of before?.respelled ?? []) this.#respelled.add(field);
  }

  get report(): FieldReport {
    return { notRestored: [...this.#lost.values()], respelled: [...this.#respelled].sort() };
  }

  /** `id` names the document in the report. */
  restore(document: Readonly<Record<string, unknown>>, id: () => string): RestoredDocument {
    const fields: string[] = [];
    const found = new Set<string>();
    for (const rule of this.#rules ?? Object.keys(document).filter(isData).map(sameRule)) {
      const value = document[rule.targetField];
      if (value === undefined) continue;
      const { sourceField, sourceType, castFunction } = rule;
      const text = sourceType === undefined ? { problem: rule.problem ?? '' } : restoreValue(value, sourceType);
      if ('problem' in text) {
        const reason = sourceType === undefined ? text.problem : `the value ${text.problem}, no ${sourceType}`;
        if (this.#primaryKeys.has(sourceField)) return { problem: `its key field ${sourceField}: ${reason}` };
        this.#count(sourceField, generalReason(rule, reason), id);
        continue;
      }
      if (sourceType !== undefined && mayBeRespelled(castFunction, sourceType)) this.#respelled.add(sourceField);
      found.add(sourceField);
      fields.push(`${JSON.stringify(sourceField)}:${text.json}`);
    }
    this.#countUnmapped(document, id);
    const missing = [...this.#primaryKeys].find((field) => !found.has(field));
    return missing === undefined ? { json: `{${fields.join(',')}}` } : { problem: `it has no key field ${missing}` };
  }

  /** Fields of the document that no message became, as far as the mapping knows. */
  #countUnmapped(document: Readonly<Record<string, unknown>>, id: () => string): void {
    if (this.#rules === undefined) return;
    for (const name of Object.keys(document)) {
      if (isData(name) && !this.#mapped.has(name)) this.#count(name, 'fieldsMapping does not say where it is from', id);
    }
  }

  #count(field: string, reason: string, id: () => string): void {
    const name = lostName(field, reason);
    const before = this.#lost.get(name);
    const after = before ?? { field, reason, values: 0, firstId: id() };
    this.#lost.set(name, { ...after, values: after.values + 1 });
  }
}

/** True for a field that comes from a message. */
function isData(name: string): boolean {
  return !METADATA.has(name) && !name.startsWith(INTERNAL_PREFIX);
}

function sameRule(field: string): RestoreRule {
  return { sourceField: field, targetField: field, castFunction: 'identity', sourceType: 'json' };
}

/** One line per field and kind of reason, not one per value: the value itself is left out. */
function generalReason({ sourceType }: RestoreRule, reason: string): string {
  if (sourceType === undefined) return reason;
  return reason.replace(/^(the value is the \w+) .*(, no \w+)$/s, '$1$2');
}

function lostName(field: string, reason: string): string {
  return `${field}\n${reason}`;
}
