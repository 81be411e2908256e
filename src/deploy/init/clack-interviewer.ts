import { styleText } from 'node:util';
import { autocompleteMultiselect, log, select, text } from '@clack/prompts';
import { wrapText } from '../../core/runtime/wrap-text.ts';
import { type Interviewer, InterviewEnded, type Question } from './interviewer.ts';

/** Choices that fit below a question. */
const CHOICES_SHOWN = 12;

// A prompt that is cancelled gives a symbol.

/** What prompts put before each line. */
const GUIDE_WIDTH = 6;

/** A person at the terminal of this process. */
export const clackInterviewer: Interviewer = {
  async ask(question) {
    const answer = await askOnTerminal(question);
    if (typeof answer === 'string') return answer;
    if (typeof answer === 'symbol') throw new InterviewEnded('the interview was ended');
    // The prompt leaves but their number on the screen.
    log.message(wrapped(answer.join(', ')).join('\n'), { spacing: 0 });
    return answer.join(',');
  },
  show(shown) {
    log.message(shown.trimEnd());
  },
};

function askOnTerminal(question: Question): Promise<string | readonly string[] | symbol> {
  const { choices, isList, initial } = question;
  if (choices !== undefined && isList === true) {
    return autocompleteMultiselect({
      message: guided(question, 'Type to search, Tab to mark, Enter when done.'),
      options: options(question),
      required: true,
      maxItems: CHOICES_SHOWN,
    });
  }
  if (choices !== undefined) {
    return select({
      message: lines(question).join('\n'),
      options: options(question),
      ...(initial !== undefined && { initialValue: initial }),
    });
  }
  return text({
    message: guided(question),
    ...(initial !== undefined && initial !== '' && { initialValue: initial }),
    validate: (given = '') => problemOf(question, given.trim()),
  }).then((answer) => (typeof answer === 'string' ? answer.trim() : answer));
}

/** The question, its reason, and how to answer, in lines that no prompt has to break. */
function lines({ message, why }: Question, ...how: readonly string[]): string[] {
  return [message, ...(why === undefined ? [] : [why]), ...how].flatMap(wrapped);
}

function wrapped(paragraph: string): string[] {
  return wrapText(paragraph, (process.stdout.columns ?? 80) - GUIDE_WIDTH);
}

/** For prompts that draw the guide before the first line alone. */
function guided(question: Question, ...how: readonly string[]): string {
  return lines(question, ...how).join(`\n${styleText('cyan', '│')}  `);
}

function options({ choices = [] }: Question): { value: string; label: string; hint?: string }[] {
  return choices.map(({ value, label, hint }) => ({ value, label, ...(hint !== undefined && { hint }) }));
}

function problemOf({ initial, check }: Question, given: string): string | undefined {
  if (given === '') return initial === '' ? undefined : 'There must be an answer.';
  const problem = given === initial ? undefined : check?.(given);
  return problem === undefined ? undefined : `It ${problem}.`;
}
