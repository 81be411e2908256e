/** One question of `bss deploy init`. Every answer is a text: `yes` and `no`, one of the choices, or free. */
export interface Question {
  /** What `--answers` calls it. */
  readonly key: string;
  readonly message: string;
  /** Why it is asked. */
  readonly why?: string | undefined;
  /** Absent: the answer is free. */
  readonly choices?: readonly Choice[] | undefined;
  /** The answer is a list: several choices, or texts with commas between them. */
  readonly isList?: boolean | undefined;
  /** Taken when nothing is said. Absent: there must be an answer. Empty: the answer may be empty. */
  readonly initial?: string | undefined;
  /** What is wrong with an answer ("must be ..."), or undefined. */
  readonly check?: ((answer: string) => string | undefined) | undefined;
}

/** One of several answers. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

/** Who is asked: a person at a terminal, or the answers that a command line gave. */
export interface Interviewer {
  /** @throws InterviewEnded when the person does not want to go on. */
  ask(question: Question): Promise<string>;
  /** Shows something in between. */
  show(text: string): void;
}

/** The person has left; nothing was written. */
export class InterviewEnded extends Error {}

/** Asks for yes or no. */
export async function askWhether(interviewer: Interviewer, question: Omit<Question, 'choices'>): Promise<boolean> {
  const choices = [
    { value: 'yes', label: 'Yes' },
    { value: 'no', label: 'No' },
  ];
  return (await interviewer.ask({ ...question, choices })) === 'yes';
}

/** Asks for a text that may be left empty: undefined then. */
export async function askOptional(interviewer: Interviewer, question: Question): Promise<string | undefined> {
  const answer = await interviewer.ask({ initial: '', ...question });
  return answer === '' ? undefined : answer;
}

/** Asks for a list of texts. */
export async function askList(interviewer: Interviewer, question: Question): Promise<string[]> {
  return listOf(await interviewer.ask({ ...question, isList: true }));
}

/** The items of a list with commas between them. */
export function listOf(answer: string): string[] {
  return answer
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
