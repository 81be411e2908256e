import type { CdcFacts } from '../../facts/deployment.ts';
import type { JsonValue } from '../../step/step.ts';
import type { CdcDriver, InitialLoadRequest } from '../cdc-driver.ts';
import { parseAnswer, parseState, readCdcState, readLoadState } from './hook-answers.ts';
import { runHookCommand } from './run-hook-command.ts';

const TIMEOUT_MS = 5 * 60_000;

/** The section `cdc` for commands. */
export type CommandFacts = Extract<CdcFacts, { readonly driver: 'command' }>;

/** A CDC that commands of the user's speak to. docs/cdc.md has what they are given and what they answer. */
export function commandDriver(
  facts: CommandFacts,
  environment: Readonly<Record<string, string | undefined>>,
): CdcDriver {
  const run = async (
    name: 'stop' | 'start' | 'state' | 'startLoad' | 'loadState' | 'endLoad',
    variables: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<JsonValue | undefined> => {
    const command = facts[name];
    if (command === undefined) return undefined;
    const hook = `cdc.${name}`;
    const timeoutMs = facts.timeoutMs ?? TIMEOUT_MS;
    const output = await runHookCommand({
      name: hook,
      command,
      environment: { ...environment, ...variables },
      timeoutMs,
      signal,
    });
    // Of commands that are asked nothing, what they print is their own.
    if (name === 'stop' || name === 'start' || name === 'endLoad') return null;
    return name === 'startLoad' ? parseAnswer(hook, output) : parseState(hook, output);
  };
  return {
    kind: 'command',
    subject: `the CDC behind ${facts.stop[0]}`,
    async state() {
      const answer = await run('state', {});
      return answer === undefined ? { state: 'unknown', detail: null } : readCdcState('cdc.state', answer);
    },
    async stop({ signal }) {
      await run('stop', {}, signal);
    },
    async start({ signal }) {
      await run('start', {}, signal);
    },
    async describeLoad(request) {
      const commands = [`run ${facts.startLoad.join(' ')} with ${targetsOf(request)}`];
      return [...commands, `run ${facts.loadState.join(' ')} until it says that the load has finished`];
    },
    async startLoad(request, { signal }) {
      return (await run('startLoad', loadVariables(request), signal)) ?? null;
    },
    async loadState(request, handle) {
      const answer = await run('loadState', { ...loadVariables(request), BSS_LOAD_HANDLE: JSON.stringify(handle) });
      return readLoadState('cdc.loadState', answer ?? null);
    },
    async endLoad(request, handle, { signal }) {
      await run('endLoad', { ...loadVariables(request), BSS_LOAD_HANDLE: JSON.stringify(handle) }, signal);
    },
  };
}

function loadVariables({ id, by, topics }: InitialLoadRequest): Record<string, string> {
  return { BSS_LOAD_ID: id, BSS_LOAD_BY: by, BSS_TOPICS: JSON.stringify(topics) };
}

function targetsOf({ topics }: InitialLoadRequest): string {
  return topics.map(({ topic, target }) => (topic === target ? topic : `${topic} into ${target}`)).join(', ');
}
