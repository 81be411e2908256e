import { withDefault } from '../core/config/option.ts';
import { filePath } from '../core/config/option-types.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import type { StopSignal } from '../core/runtime/lifecycle.ts';
import { type DeployRun, openDeployRun } from '../deploy/apply/open-deploy-run.ts';
import type { Deployment } from '../deploy/facts/deployment.ts';
import { loadDeployment } from '../deploy/facts/load-deployment.ts';
import type { CliHost } from './cli-host.ts';

/** The option of every command that works with a deployment. */
export const DEPLOY_FILE_OPTION = {
  file: withDefault(filePath, 'deployment.yaml', { doc: 'The facts and connections.', flags: ['f'] }),
};

/** The deployment that the file describes. @throws CONFIG_*, DEPLOY_FACTS_* */
export function deploymentOf(file: string, host: CliHost): Deployment {
  return loadDeployment(file, host.env, host.directory);
}

/** Opens a deployment for the time of `work`, which a first SIGINT or SIGTERM aborts. Gives the exit code. */
export async function withDeployRun(
  file: string,
  host: CliHost,
  work: (run: DeployRun, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  let stoppedBy: StopSignal | undefined;
  const listener = (signal: StopSignal): void => {
    stoppedBy ??= signal;
    stop.abort(new Error(`stopped by ${signal}`));
  };
  for (const signal of SIGNALS) host.signals.on(signal, listener);
  try {
    await using resources = new AsyncDisposableStack();
    const { directory, env: environment, clock, coreCount, readFile } = host;
    const around = { directory, environment, clock, coreCount, readFile };
    return await work(await openDeployRun(deploymentOf(file, host), around, resources), stop.signal);
  } catch (error) {
    if (stoppedBy === undefined) throw error;
    host.stderr.write('Stopped. Nothing is lost: the same command goes on from here.\n');
    return stoppedBy === 'SIGINT' ? EXIT_CODES.sigint : EXIT_CODES.sigterm;
  } finally {
    for (const signal of SIGNALS) host.signals.off(signal, listener);
  }
}

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];
