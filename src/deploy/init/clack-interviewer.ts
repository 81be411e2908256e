import { styleText } from 'node:util';
import { autocompleteMultiselect, log, select, text } from '@clack/prompts';
import { wrapText } from '../../core/runtime/wrap-text.ts';
import { type Interviewer, InterviewEnded, type Question } from './interviewer.ts';

/** Choices that fit below a question. */
const CHOICES_SHOWN = 12;

// A prompt that is cancelled gives a symbol.

/** A person at the terminal of this process. */
export const clackInterviewer: Interviewer = {
  async ask(question) {
    const answer = await askOnTerminal(question);
    if (typeof answer === 'string') return answer;
    if (typeof answer === 'symbol') throw new InterviewEnded('the interview was ended');
    return answer.join(',');
  },
  show(shown) {
    log.message(shown);
  },
};

function askOnTerminal(question: Question): Promise<string | readonly string[] | symbol> {
  const { choices, isList, initial, why } = question;
  const message = why === undefined ? question.message : `${question.message}\n${why}`;
  if (choices !== undefined && isList === true) {
    return autocompleteMultiselect({
      message: `${message}\nType to search, Tab to mark, Enter when done.`,
      options: options(question),
      required: true,
      maxItems: CHOICES_SHOWN,
    });
  }
  if (choices !== undefined) {
    return select({ message, options: options(question), ...(initial !== undefined && { initialValue: initial }) });
  }
  return text({
    message: why === undefined ? question.message : `${question.message}\n${guided(why)}`,
    ...(initial !== undefined && initial !== '' && { initialValue: initial }),
    validate: (given = '') => problemOf(question, given.trim()),
  }).then((answer) => (typeof answer === 'string' ? answer.trim() : answer));
}

/** Other prompts draw the guide themselves. */
function guided(why: string): string {
  const width = (process.stdout.columns ?? 80) - 6;
  return wrapText(why, width)
    .map((line) => `${styleText('cyan', '│')}  ${line}`)
    .join('\n');
}

function options({ choices = [] }: Question): { value: string; label: string; hint?: string }[] {
  return choices.map(({ value, label, hint }) => ({ value, label, ...(hint !== undefined && { hint }) }));
}

function problemOf({ initial, check }: Question, given: string): string | undefined {
  if (given === '') return initial === '' ? undefined : 'There must be an answer.';
  const problem = given === initial ? undefined : check?.(given);
  return problem === undefined ? undefined : `It ${problem}.`;
}
