import { glob } from 'node:fs/promises';

/** What a test file needs, which its name tells. */
export type TestKind = 'unit' | 'services' | 'acceptance';

const PATTERNS: Readonly<Record<TestKind, RegExp>> = {
  unit: /\.test\.ts$/,
  services: /(?<!\.e2e)-test\.ts$/,
  acceptance: /\.e2e-test\.ts$/,
};

/** The test files of a kind whose path contains one of the filters (any path when there are none), as they are to run. */
export async function testFiles(root: string, kind: TestKind, filters: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob('{src,test,scripts,bench}/**/*test.ts', { cwd: root })) {
    if (PATTERNS[kind].test(path) && (filters.length === 0 || filters.some((filter) => path.includes(filter)))) {
      found.push(path);
    }
  }
  // Crash tests take longest: when they begin, nothing waits for one of them at the end.
  return kind === 'acceptance' ? found.sort().toReversed() : found.sort();
}
