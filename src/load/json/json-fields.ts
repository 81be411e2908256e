import { AppError } from '../../core/errors.ts';

/**
 * The fields of a JSON object by name, each as the text that stands there: so numbers keep their digits. Undefined when
 * the text is JSON, but no object.
 * @throws LOAD_MESSAGE_UNREADABLE when it is not JSON.
 */
export function jsonFields(json: string): ReadonlyMap<string, string> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('LOAD_MESSAGE_UNREADABLE', `a message is not JSON: ${reason}`, {
      subject: json.slice(0, 200),
      cause,
    });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const fields = new Map<string, string>();
  // It is known to be well-formed from here on.
  let at = skipBlanks(json, json.indexOf('{') + 1);
  while (json[at] !== '}') {
    const nameEnd = valueEnd(json, at);
    const name = String(JSON.parse(json.slice(at, nameEnd)));
    const start = skipBlanks(json, skipBlanks(json, nameEnd) + 1);
    const end = valueEnd(json, start);
    fields.set(name, json.slice(start, end));
    at = skipBlanks(json, end);
    if (json[at] === ',') at = skipBlanks(json, at + 1);
  }
  return fields;
}

function skipBlanks(json: string, from: number): number {
  let at = from;
  while (json[at] === ' ' || json[at] === '\n' || json[at] === '\r' || json[at] === '\t') at++;
  return at;
}

/** The place after the value that begins at `start`, in well-formed JSON. */
function valueEnd(json: string, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const character = json[at];
    if (character === '"') {
      at = stringEnd(json, at) - 1;
      if (depth === 0) return at + 1;
    } else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && /[\s,]/.test(character ?? '')) return at;
  }
  return json.length;
}

function stringEnd(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '\\') at++;
    else if (json[at] === '"') return at + 1;
  }
  return json.length;
}
