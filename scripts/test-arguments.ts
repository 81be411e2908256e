import { parseArgs } from 'node:util';

/** The phases of a whole test run, in order. */
export const PHASES = ['checks', 'unit', 'services', 'acceptance'] as const;
export type Phase = (typeof PHASES)[number];

export interface TestArguments {
  readonly phases: readonly Phase[];
  /** Parts of file paths; no filter means all files. */
  readonly filters: readonly string[];
  /** Only tests with such a name. */
  readonly namePattern: string | undefined;
}

export const TEST_USAGE = `usage: npm test -- [--only ${PHASES.join('|')}] [--name PATTERN] [PART-OF-A-PATH ...]`;

/** What a person asked for, or a text that says what is wrong with it. */
export function parseTestArguments(args: readonly string[]): TestArguments | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { only: { type: 'string', multiple: true }, name: { type: 'string' } },
      allowPositionals: true,
    });
    const wanted = values.only ?? [];
    const unknown = wanted.find((name) => !PHASES.some((phase) => phase === name));
    if (unknown !== undefined) return `there is no phase '${unknown}'`;
    // Who looks for certain tests does not want to wait for the checks.
    const selective = positionals.length > 0 || values.name !== undefined;
    const isWanted = (phase: Phase): boolean =>
      wanted.length > 0 ? wanted.includes(phase) : !selective || phase !== 'checks';
    return { phases: PHASES.filter(isWanted), filters: positionals, namePattern: values.name };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
