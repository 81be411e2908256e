import { confirm, isCancel } from '@clack/prompts';
import type { AskPerson } from '../deploy/apply/apply-event.ts';
import type { CliHost } from './cli-host.ts';

/** How a person is asked: by a prompt on a terminal; `--yes` answers for him; elsewhere nobody does. */
export function askPersonOf(
  host: CliHost,
  { yes, json }: { readonly yes: boolean; readonly json: boolean },
): AskPerson {
  if (yes) return () => Promise.resolve(true);
  if (json || host.stdout.isTTY !== true || !process.stdin.isTTY) return () => Promise.resolve(false);
  return async (instruction, signal) => {
    const answer = await confirm({ message: instruction, active: 'done', inactive: 'not yet', signal });
    signal.throwIfAborted();
    return !isCancel(answer) && answer;
  };
}
