import { jsonString, type JsonStyle } from '../json/json-text.ts';
import { type MessageContext, type MessageWriter, type RowTexts, textOfJson } from './message-format.ts';

/** What a template may hold. */
export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | readonly TemplateValue[]
  | { readonly [name: string]: TemplateValue };

/**
 * Messages of a shape that the mapping gives. A text that is one placeholder, `"{{amount}}"`, stands for the field's JSON
 * value; within a longer text, `"no {{id}}"`, for its text. There is nothing to execute.
 * Besides fields: `{{$row}}`, `{{$key}}` (objects), `{{$keyText}}` (values joined with `_`), `{{$tsMs}}`, `{{$position}}`,
 * `{{$table}}`, `{{$topic}}`. A field that is left out of the row is null.
 */
export interface CustomFormat {
  readonly type: 'custom';
  /** A text is the key as it is; anything else is written as JSON. */
  readonly key: TemplateValue;
  readonly value: TemplateValue;
}

/** Gives the JSON of one place of a template. */
type Piece = (row: RowTexts, position: number) => string;

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
const ONLY_PLACEHOLDER = /^\{\{\s*([^{}]*?)\s*\}\}$/;

/** Names of placeholders in a template that are neither fields nor built in. */
export function unknownPlaceholders(template: TemplateValue, fields: readonly string[]): string[] {
  const known = new Set([...fields, ...BUILT_IN]);
  const found = textsOf(template).flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
  return [...new Set(found)].filter((name) => !known.has(name));
}

/** Placeholders that are not fields. */
const BUILT_IN = ['$row', '$key', '$keyText', '$tsMs', '$position', '$table', '$topic'];

/** Compiles both templates. */
export function customWriter(format: CustomFormat, context: MessageContext, style: JsonStyle): MessageWriter {
  const compiler = new TemplateCompiler(context, style);
  const value = compiler.compile(format.value);
  const key = compiler.compile(format.key);
  const isText = typeof format.key === 'string';
  return (row, position) => {
    const keyJson = key(row, position);
    return { key: isText ? textOfJson(keyJson) : keyJson, value: value(row, position) };
  };
}

class TemplateCompiler {
  readonly #context: MessageContext;
  readonly #style: JsonStyle;

  constructor(context: MessageContext, style: JsonStyle) {
    this.#context = context;
    this.#style = style;
  }

  compile(template: TemplateValue): Piece {
    if (typeof template === 'string') return this.#text(template);
    if (typeof template !== 'object' || template === null) {
      const json = JSON.stringify(template);
      return () => json;
    }
    if (isList(template)) {
      const items = template.map((item) => this.compile(item));
      return (row, position) => `[${items.map((item) => item(row, position)).join(',')}]`;
    }
    const members = Object.entries(template).map(([name, value]) => {
      const piece = this.compile(value);
      const head = `${jsonString(name, this.#style)}:`;
      return (row: RowTexts, position: number): string => head + piece(row, position);
    });
    return (row, position) => `{${members.map((member) => member(row, position)).join(',')}}`;
  }

  #text(template: string): Piece {
    const only = ONLY_PLACEHOLDER.exec(template)?.[1];
    if (only !== undefined) return this.#placeholder(only);
    const style = this.#style;
    const parts: (string | Piece)[] = [];
    let from = 0;
    for (const { 0: whole, 1: name = '', index } of template.matchAll(PLACEHOLDER)) {
      parts.push(template.slice(from, index), this.#placeholder(name));
      from = index + whole.length;
    }
    parts.push(template.slice(from));
    return (row, position) =>
      jsonString(
        parts.map((part) => (typeof part === 'string' ? part : textOfJson(part(row, position)))).join(''),
        style,
      );
  }

  #placeholder(name: string): Piece {
    const { tsMs, table, topic, fields } = this.#context;
    const style = this.#style;
    switch (name) {
      case '$row':
        return (row) => row.object;
      case '$key':
        return (row) => row.keyObject;
      case '$keyText':
        return (row) => jsonString(row.keyValues.map(textOfJson).join('_'), style);
      case '$tsMs':
        return () => String(tsMs);
      case '$position':
        return (_, position) => String(position);
      case '$table':
        return () => jsonString(table, style);
      case '$topic':
        return () => jsonString(topic, style);
      default: {
        const place = fields.indexOf(name);
        return (row) => row.values[place] ?? 'null';
      }
    }
  }
}

function isList(template: TemplateValue): template is readonly TemplateValue[] {
  return Array.isArray(template);
}

function textsOf(template: TemplateValue): string[] {
  if (typeof template === 'string') return [template];
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap((value: TemplateValue) => textsOf(value));
}
