import { coloursWanted, type Palette, paletteFor } from '../core/runtime/colours.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { formatDuration } from '../core/runtime/human-units.ts';
import { formatTable } from '../core/runtime/text-table.ts';
import { deployFolder } from '../deploy/apply/open-deploy-run.ts';
import { notBegun } from '../deploy/apply/undo-steps.ts';
import type { DeploymentState, StepState } from '../deploy/journal/deployment-state.ts';
import { readState } from '../deploy/journal/journal.ts';
import { journalReader } from '../deploy/journal/journal-file.ts';
import { defineCommand } from './command.ts';
import { DEPLOY_FILE_OPTION, deploymentOf } from './deploy-options.ts';
import { writeOutput } from './write-output.ts';

/** `bss deploy status`: how far a deployment is. */
export const deployStatusCommand = defineCommand({
  description:
    'Shows from the journal which steps of a deployment are done, and what it waits for or why it failed. Connects to ' +
    'nothing and changes nothing; may be called while `bss deploy apply` runs.',
  positionals: [],
  options: DEPLOY_FILE_OPTION,
  examples: [
    { line: 'bss deploy status', doc: 'How far is it?' },
    { line: 'bss deploy status --json', doc: 'With all notes and evidence, for programs' },
  ],
  async run({ options, host }) {
    const { name } = deploymentOf(options.file, host);
    const reader = journalReader(deployFolder(host.directory, name));
    const state = await readState(reader);
    if (state === undefined) throw notBegun(reader.subject);
    const palette = paletteFor(coloursWanted(host.stdout, host.env));
    await writeOutput(
      host.stdout,
      options.json ? `${JSON.stringify(stateJson(state))}\n` : formatState(state, palette),
    );
    return EXIT_CODES.ok;
  },
});

function stateJson({ begun, begunAtMs, lastAtMs, phase, steps }: DeploymentState): unknown {
  return {
    name: begun.name,
    id: begun.id,
    procedure: begun.procedure,
    mode: begun.mode,
    phase,
    begunAt: new Date(begunAtMs).toISOString(),
    lastAt: new Date(lastAtMs).toISOString(),
    steps: [...steps.values()].map(({ notes, answered, waitingFor, error, ...step }) => ({
      ...step,
      waitingFor: waitingFor ?? null,
      error: error ?? null,
      notes: Object.fromEntries(notes),
      answered: [...answered],
    })),
  };
}

function formatState({ begun, begunAtMs, phase, steps }: DeploymentState, palette: Palette): string {
  const all = [...steps.values()];
  const done = all.filter(({ status }) => status === 'done').length;
  const head = `${palette.bold(begun.name)}: procedure ${begun.procedure}, ${begun.mode}, ${phase}, begun ${new Date(begunAtMs).toISOString()}; ${done} of ${all.length} steps done\n`;
  const columns = [{ title: 'STEP' }, { title: 'STATUS' }, { title: 'TOOK' }, { title: '' }];
  return (
    head +
    formatTable(
      columns,
      all.map((step) => row(step, palette)),
    )
  );
}

function row(
  { id, status, startedAtMs, endedAtMs, error, waitingFor, evidence }: StepState,
  palette: Palette,
): string[] {
  const took = startedAtMs === undefined || endedAtMs === undefined ? '' : formatDuration(endedAtMs - startedAtMs);
  const shown = waitingFor === undefined ? status : 'waiting';
  const remark = waitingFor ?? error?.message ?? (evidence.length > 0 ? `${evidence.length} checks` : '');
  return [id, coloured(shown, palette), took, remark];
}

function coloured(status: string, palette: Palette): string {
  if (status === 'done') return palette.green(status);
  if (status === 'failed') return palette.red(status);
  return status === 'waiting' ? palette.yellow(status) : palette.dim(status);
}
