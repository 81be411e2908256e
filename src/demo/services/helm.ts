import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { installGoProgram } from './go.ts';

const PACKAGE = 'helm.sh/helm/v3/cmd/helm';
const VERSION = '3.22.0';

/**
 * The path of Helm's program, compiled on first use: some two minutes on two cores.
 * @throws SETUP_FAILED when there is no Go, or it does not compile.
 */
export async function helmProgram(announce?: Announce): Promise<string> {
  const folder = await cached(
    {
      name: 'helm',
      version: VERSION,
      announcement: 'Compiling Helm (2 to 4 minutes, once)',
      build: (target) => installGoProgram(`${PACKAGE}@v${VERSION}`, target, announce),
    },
    announce,
  );
  return join(folder, 'helm');
}
