/** How many tests (or checks) passed and failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

export const NO_TESTS: Tally = { passed: 0, failed: 0 };

/** The sum of tallies. */
export function total(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
  };
}
