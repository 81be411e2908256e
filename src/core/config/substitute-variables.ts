import type { Environment, Parsed } from './option.ts';

const PLACEHOLDER = /\$\$\{|\$\{([^}]*)\}/g;

/** True when the text holds a placeholder. */
export function hasPlaceholder(text: string): boolean {
  return text.includes('${');
}

/**
 * Replaces `${NAME}` by the variable's value, `${NAME:text}` and `${NAME:-text}` by `text` when it is unset or empty.
 * `$${` stands for `${` itself. A variable that is unset, without such a text, is a problem.
 */
export function substituteVariables(text: string, env: Environment): Parsed<string> {
  const problems: string[] = [];
  const value = text.replace(PLACEHOLDER, (whole, inside: string | undefined) => {
    if (inside === undefined) return '${';
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(?::-?([^]*))?$/.exec(inside);
    if (match === null) {
      problems.push(`has a placeholder that cannot be understood: ${whole}`);
      return '';
    }
    const [, name = '', fallback] = match;
    const given = env[name];
    if (given !== undefined && (given !== '' || fallback === undefined)) return given;
    if (fallback === undefined) problems.push(`needs the environment variable ${name}, which is not set`);
    return fallback ?? '';
  });
  return problems[0] === undefined ? { value } : { problem: problems[0] };
}
