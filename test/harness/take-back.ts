import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../../src/core/assert.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import type { ApplyEvent } from '../../src/deploy/apply/apply-event.ts';
import { type Death, ReadyProcesses } from './apply-with-deaths.ts';
import type { CommandSite } from './command-site.ts';

/** A deployment that is given up while it is carried out. */
export interface GivenUp {
  /** Where `bss deploy apply` dies: nobody lets it go on. */
  readonly applyDies: Death;
  /** Where the first `bss deploy undo` dies; the second comes to its end. */
  readonly undoDies: Death;
  /** Topics that were not there before, and are not to be there afterwards. */
  readonly topics: readonly string[];
  /** Called when the deployment has died, while nothing runs but the services. */
  readonly onDeath?: () => Promise<void>;
}

/** What the second `bss deploy undo` said. */
export interface TakenBack {
  readonly exitCode: number | null;
  /** Ids of the steps of which something stays. */
  readonly stays: readonly string[];
}

/**
 * Kills `bss deploy apply`, and takes back what it did by `bss deploy undo`, which is killed too. Services, groups and topics
 * are as before then, and what is in the bucket is as it was when the Storer was stopped.
 */
export async function takeBack(site: CommandSite, kafka: KafkaClient, given: GivenUp): Promise<TakenBack> {
  await using applying = new ReadyProcesses(site, 1);
  await using undoing = new ReadyProcesses(site, 1, 'undo');
  await applying.die(given.applyDies);
  await given.onDeath?.();
  await undoing.die(given.undoDies);
  const refused = await site.bss(['deploy', 'apply']);
  assert.deepEqual([refused.exitCode, /DEPLOY_\w+/.exec(refused.stderr)?.[0]], [1, 'DEPLOY_UNDO_BEGUN']);
  const { exitCode, stdout, stderr } = await site.bss(['deploy', 'undo', '--json']);
  const state = must(await site.state(), stderr);
  assert.equal(state.phase, 'undone', stderr);

  for (const service of ['storer', 'reloader'] as const) {
    assert.equal((await site.runtime.state(service)).state, 'absent', service);
  }
  for (const group of [site.groupId, `${site.groupId}-init`]) {
    assert.deepEqual(await kafka.allCommittedOffsets(group), [], group);
  }
  const topics = [...given.topics, `${site.name}.jobs`, `${site.name}.tasks`];
  assert.deepEqual(await kafka.existingTopics(topics), new Set());
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as ApplyEvent]));
  return {
    exitCode,
    stays: events.flatMap((event) => (event.event === 'undo-impossible' ? [event.step] : [])),
  };
}

/**
 * What an undone deployment has archived is in the way of the next one, until somebody moves it away, as this does. Gives
 * whether there was anything.
 */
export async function moveArchiveAway({ bucketFolder, bss }: CommandSite): Promise<boolean> {
  const files = await readdir(bucketFolder, { recursive: true });
  const hasArchive = files.some((path) => /\/\d+\.jsonl/.test(path));
  if (hasArchive) {
    const { exitCode, stderr } = await bss(['deploy', 'apply']);
    assert.deepEqual([exitCode, /DEPLOY_\w+/.exec(stderr)?.[0]], [1, 'DEPLOY_FOLDER_NOT_EMPTY'], stderr);
    assert.match(stderr, /move the old data away/);
  }
  for (const name of await readdir(bucketFolder)) await rm(join(bucketFolder, name), { recursive: true });
  return hasArchive;
}
