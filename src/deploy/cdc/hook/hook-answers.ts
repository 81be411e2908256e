import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';

import { AppError } from '../../../core/errors.ts';
import type { JsonValue } from '../../step/step.ts';
import type { CdcState, LoadState } from '../cdc-driver.ts';

const STATE = Type.Object({
  state: Type.Union(
    (['running', 'paused', 'stopped', 'failed', 'absent', 'unknown'] as const).map((state) => Type.Literal(state)),
  ),
});

const LOAD = Type.Object({
  state: Type.Union((['running', 'finished', 'failed'] as const).map((state) => Type.Literal(state))),
  rows: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }))),
  reason: Type.Optional(Type.String()),
});

/** What a hook says of its CDC: `{"state": "running"}`, and more as it likes, which is kept as detail. */
export function readCdcState(hook: string, answer: JsonValue): CdcState {
  return { state: checked(hook, STATE, answer).state, detail: answer };
}

/** What a hook says of a load: `{"state": "finished", "rows": {"orders": 1000}, "reason": "..."}`. */
export function readLoadState(hook: string, answer: JsonValue): LoadState {
  const { state, rows, reason } = checked(hook, LOAD, answer);
  return { state, rows, reason, detail: answer };
}

/** As `parseAnswer`; a bare word is taken for a state: shell scripts print it most easily. */
export function parseState(hook: string, text: string): JsonValue {
  const word = text.trim();
  return /^[a-z]+$/.test(word) ? { state: word } : parseAnswer(hook, text);
}

/** @throws DEPLOY_CDC_REFUSED for text that is not JSON; no text is null */
export function parseAnswer(hook: string, text: string): JsonValue {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new AppError('DEPLOY_CDC_REFUSED', `${hook} answered what is not JSON: ${text.trim().slice(0, 200)}`, {
      subject: hook,
      hint: 'docs/cdc.md has what hooks answer.',
      cause,
    });
  }
}

function checked<T extends TSchema>(hook: string, schema: T, answer: JsonValue): Static<T> {
  if (Value.Check(schema, answer)) return answer;
  const [problem] = Value.Errors(schema, answer);
  const where = problem?.instancePath ?? '';
  const what = `${where === '' ? '' : `${where} `}${problem?.message ?? ''}`;
  throw new AppError('DEPLOY_CDC_REFUSED', `${hook} answered ${JSON.stringify(answer).slice(0, 200)}: ${what}`, {
    subject: hook,
    hint: 'docs/cdc.md has what hooks answer.',
  });
}
