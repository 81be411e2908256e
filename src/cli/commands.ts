import type { Command } from './command.ts';

/** A command as the overview shows it; the command itself is loaded when it is used. */
export interface CommandEntry {
  /** The words that call it: `archive ls`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every command, in the order of the overview. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'storer',
    summary: 'Archive Kafka topics to the bucket, until it is stopped',
    load: async () => (await import('./storer-command.ts')).storerCommand,
  },
  {
    name: 'reloader',
    summary: 'Serve the API of reload jobs, and run them, until it is stopped',
    load: async () => (await import('./reloader-command.ts')).reloaderCommand,
  },
  {
    name: 'reload',
    summary: 'Reload a part of the archive into a topic, and watch it',
    load: async () => (await import('./reload-command.ts')).reloadCommand,
  },
  {
    name: 'load',
    summary: 'Load dumps into topics, as messages that the CDC would have written',
    load: async () => (await import('./load-command.ts')).loadCommand,
  },
  {
    name: 'load reconstruct',
    summary: 'Fold archived changes to the last state of each key, for a load',
    load: async () => (await import('./load-reconstruct-command.ts')).loadReconstructCommand,
  },
  {
    name: 'snapshot',
    summary: 'Take a snapshot of projections, as rows of their source',
    load: async () => (await import('./snapshot-command.ts')).snapshotCommand,
  },
  {
    name: 'snapshot verify',
    summary: 'Compare a snapshot with its manifest',
    load: async () => (await import('./snapshot-verify-command.ts')).snapshotVerifyCommand,
  },
  {
    name: 'archive ls',
    summary: 'Show what the bucket holds: topics, partitions, offsets, gaps, sizes, times',
    load: async () => (await import('./archive-ls-command.ts')).archiveLsCommand,
  },
  {
    name: 'archive cat',
    summary: 'Print archived records as JSON lines',
    load: async () => (await import('./archive-cat-command.ts')).archiveCatCommand,
  },
  {
    name: 'archive verify',
    summary: 'Check every byte, count and link of an archive',
    load: async () => (await import('./archive-verify-command.ts')).archiveVerifyCommand,
  },
  {
    name: 'archive index',
    summary: 'Bring the index of an archive up to date',
    load: async () => (await import('./archive-index-command.ts')).archiveIndexCommand,
  },
  {
    name: 'deploy init',
    summary: 'Ask the questions of the decision tree, and write a deployment.yaml',
    load: async () => (await import('./deploy-init-command.ts')).deployInitCommand,
  },
  {
    name: 'deploy plan',
    summary: 'Show which procedure a landscape needs, why, and what it would do',
    load: async () => (await import('./deploy-plan-command.ts')).deployPlanCommand,
  },
  {
    name: 'offsets show',
    summary: 'Show where a consumer group is, how far behind, and who is in it',
    load: async () => (await import('./offsets-show-command.ts')).offsetsShowCommand,
  },
  {
    name: 'offsets plan',
    summary: "Show what setting a group's offsets would mean, and write it down",
    load: async () => (await import('./offsets-plan-command.ts')).offsetsPlanCommand,
  },
  {
    name: 'offsets apply',
    summary: 'Set the offsets of a group without members, and read them again',
    load: async () => (await import('./offsets-apply-command.ts')).offsetsApplyCommand,
  },
  {
    name: 'config check',
    summary: 'Check a configuration, and show every value and where it comes from',
    load: async () => (await import('./config-check-command.ts')).configCheckCommand,
  },
  {
    name: 'deploy apply',
    summary: 'Carry out a deployment, step by step, or go on with it',
    load: async () => (await import('./deploy-apply-command.ts')).deployApplyCommand,
  },
  {
    name: 'deploy status',
    summary: 'Show how far a deployment is',
    load: async () => (await import('./deploy-status-command.ts')).deployStatusCommand,
  },
  {
    name: 'deploy undo',
    summary: 'Take back what a deployment did, as far as it can be',
    load: async () => (await import('./deploy-undo-command.ts')).deployUndoCommand,
  },
  {
    name: 'deploy verify',
    summary: 'Prove a deployment, and write its certificate',
    load: async () => (await import('./deploy-verify-command.ts')).deployVerifyCommand,
  },
  {
    name: 'demo',
    summary: 'Show it all here: Kafka to a bucket and back, every record compared',
    load: async () => (await import('./demo-command.ts')).demoCommand,
  },
  {
    name: 'demo deploy',
    summary: 'Show a deployment: an archive for a database that changes, with a proof',
    load: async () => (await import('./demo-deploy-command.ts')).demoDeployCommand,
  },
];
