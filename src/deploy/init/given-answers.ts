import { suggestion } from '../../core/config/nearest-name.ts';
import { AppError } from '../../core/errors.ts';
import { type Interviewer, listOf, type Question } from './interviewer.ts';

/**
 * Answers that a command line gave: `greenfield=no,cdc=yes,topics=orders,customers`. A comma ends an answer only where a
 * further `key=` follows. What is wrong is collected: `finish` tells all of it.
 */
export class GivenAnswers implements Interviewer {
  readonly #answers: ReadonlyMap<string, string>;
  readonly #problems: string[] = [];
  readonly #asked = new Set<string>();

  constructor(text: string) {
    this.#answers = parseAnswers(text);
  }

  ask(question: Question): Promise<string> {
    this.#asked.add(question.key);
    return Promise.resolve(this.#answerTo(question));
  }

  show(): void {
    // Nobody is there to see it.
  }

  /** @throws USAGE naming every answer that is missing, wrong or not asked for. */
  finish(): void {
    const unasked = [...this.#answers.keys()].filter((key) => !this.#asked.has(key));
    const problems = [
      ...this.#problems,
      ...unasked.map((key) => `${key} is not asked for on this path${suggestion(key, this.#asked)}`),
    ];
    if (problems.length === 0) return;
    throw new AppError('USAGE', `--answers cannot be used:${problems.map((problem) => `\n  - ${problem}`).join('')}`, {
      subject: '--answers',
      hint: 'The questions depend on the answers before them; `bss deploy init` without --answers asks one by one.',
    });
  }

  #answerTo({ key, message, choices, isList, initial, check }: Question): string {
    const given = this.#answers.get(key);
    if (given === undefined && initial === undefined) {
      this.#problems.push(`${key} is missing: ${message}`);
      return choices?.at(-1)?.value ?? '';
    }
    const answer = spelled(given ?? initial ?? '', choices?.map(({ value }) => value) ?? []);
    const items = isList === true ? listOf(answer) : [answer];
    const words = choices?.map(({ value }) => value);
    const problem =
      words !== undefined && isList !== true && !items.every((item) => words.includes(item))
        ? `must be one of ${words.join(', ')}`
        : answer === initial
          ? undefined
          : check?.(answer);
    if (problem === undefined) return answer;
    this.#problems.push(`${key} ${problem}, not "${answer}"`);
    return choices?.at(-1)?.value ?? answer;
  }
}

/** `true` and `false` are taken for `yes` and `no`. */
function spelled(answer: string, words: readonly string[]): string {
  if (!words.includes('yes')) return answer;
  return { true: 'yes', false: 'no' }[answer.toLowerCase()] ?? answer.toLowerCase();
}

function parseAnswers(text: string): Map<string, string> {
  const answers = new Map<string, string>();
  for (const part of text.split(/,(?=\s*[A-Za-z][\w.]*=)/)) {
    const equals = part.indexOf('=');
    if (equals === -1) {
      if (part.trim() === '') continue;
      throw new AppError('USAGE', `--answers has "${part.trim()}", which is no key=value`, { subject: '--answers' });
    }
    const key = part.slice(0, equals).trim();
    if (answers.has(key)) {
      throw new AppError('USAGE', `--answers has ${key} twice`, { subject: '--answers' });
    }
    answers.set(key, part.slice(equals + 1).trim());
  }
  return answers;
}
