import type { ErrorDescription } from './errors.ts';

/** The part of the table of operating errors that is about deployments. */
export const DEPLOY_ERROR_CODES = {
  DEPLOY_CDC_FAILED: {
    retryable: false,
    summary: 'The CDC has failed: one of its tasks, or a load that it was asked for.',
    remedy: 'The message has what the CDC says. Correct that first; then run `bss deploy apply` again, which goes on.',
  },
  DEPLOY_CDC_REFUSED: {
    retryable: false,
    summary: 'The CDC will not do what is asked, or is not configured for it.',
    remedy:
      'Correct what the message names, in the CDC or in the section `cdc` of deployment.yaml. docs/cdc.md has what each driver needs.',
  },
  DEPLOY_CDC_TIMEOUT: {
    retryable: true,
    summary: 'The CDC did not get into the state that was asked for in time.',
    remedy:
      'Look at the log of the CDC. Run `bss deploy apply` again, which goes on; raise `cdc.timeout` where it is only slow.',
  },
  DEPLOY_CDC_UNREACHABLE: {
    retryable: true,
    summary: 'The CDC does not answer.',
    remedy: 'Check the address in the section `cdc` of deployment.yaml, and that the CDC runs.',
  },
  DEPLOY_CHANGED: {
    retryable: false,
    summary: 'A deployment that was begun is to be carried on, taken back or certified as another one.',
    remedy:
      'Put back what the message names. Then go on, or take back what was done with `bss deploy undo` and begin anew with the changes.',
  },
  DEPLOY_CHECK_FAILED: {
    retryable: false,
    summary: 'A step of a deployment was carried out, but its check did not find what it should.',
    remedy: 'The message says what was found. Correct it, then `bss deploy apply` carries out the step once more.',
  },
  DEPLOY_CLOCK_SKEW: {
    retryable: false,
    summary: 'The clocks of Kafka, or of what writes to it, and of this machine differ by more than is allowed.',
    remedy: 'Set the clocks (NTP). Where the difference does no harm, raise `checks.clockSkewMax` of deployment.yaml.',
  },
  DEPLOY_FOLDER_NOT_EMPTY: {
    retryable: false,
    summary: 'The folder of the bucket that a deployment is to fill holds data already.',
    remedy: 'Choose another folder or prefix, or move what is there away. `bss archive ls` shows it.',
  },
  DEPLOY_FACTS_CONTRADICTORY: {
    retryable: false,
    summary: 'Facts of a deployment.yaml cannot be true together.',
    remedy: 'Correct one of the facts that the message names.',
  },
  DEPLOY_FACTS_MISSING: {
    retryable: false,
    summary: 'A deployment.yaml lacks a fact that the decision tree asks for, or a section that the procedure needs.',
    remedy: 'Add the keys that the message names; `bss deploy init` asks for them one by one.',
  },
  DEPLOY_FILE_EXISTS: {
    retryable: false,
    summary: 'The deployment.yaml that is to be written exists already.',
    remedy: 'Name another one with `--file`, or overwrite it with `--force`.',
  },
  DEPLOY_JOURNAL_CORRUPT: {
    retryable: false,
    summary: 'The journal of a deployment cannot be read.',
    remedy: 'Restore the file from a copy. Without it nobody knows what was done.',
  },
  DEPLOY_JOURNAL_LOCKED: {
    retryable: false,
    summary: 'Another process works on the deployment.',
    remedy: 'Wait for it, or end it. A lock that a killed process left on this machine is taken over by itself.',
  },
  DEPLOY_NOT_BEGUN: {
    retryable: false,
    summary: 'Nothing of the deployment was applied yet.',
    remedy: '`bss deploy apply` begins it.',
  },
  DEPLOY_NOT_QUIET: {
    retryable: false,
    summary: 'Something still writes to topics that should stand still.',
    remedy:
      'Stop whatever writes there: the CDC with all its tasks, other producers. The message names the partitions.',
  },
  DEPLOY_PARTITION_MISMATCH: {
    retryable: false,
    summary: 'Topics of a deployment that must have the same partitions have not.',
    remedy: 'Delete the topic that is wrong and let it be created anew, or name another one.',
  },
  DEPLOY_RETENTION_TOO_SHORT: {
    retryable: false,
    summary: 'A topic may drop records before they can be archived.',
    remedy:
      'Raise the setting that the message names for the time of the load, or lower `checks.loadTimeout` if the load is shorter.',
  },
  DEPLOY_RUNTIME_FAILED: {
    retryable: false,
    summary: 'A service that a deployment started does not come up, or does not stop.',
    remedy: 'The message has the end of its log. Correct what it names, and apply again.',
  },
  DEPLOY_RUNTIME_UNAVAILABLE: {
    retryable: false,
    summary: 'Where the services are to run cannot be reached, or lacks what it takes.',
    remedy: 'The message says what is missing: a folder, a program (docker, kubectl), a right, a cluster.',
  },
  DEPLOY_TIMEOUT: {
    retryable: true,
    summary: 'Something that a deployment waits for did not happen in time.',
    remedy: 'The message says what. Look why; `bss deploy apply` goes on waiting.',
  },
  DEPLOY_TOPIC_MISSING: {
    retryable: false,
    summary: 'A topic that a deployment needs does not exist.',
    remedy: 'Create the topics that the message names, or correct their names in deployment.yaml.',
  },
  DEPLOY_UNDO_BEGUN: {
    retryable: false,
    summary: 'What a deployment did is being taken back, so that it cannot be carried on.',
    remedy: 'Let `bss deploy undo` come to its end, then begin anew.',
  },
} as const satisfies Record<string, ErrorDescription>;
