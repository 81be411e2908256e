import type { TopicMapping } from '../../core/config/topic-mapping.ts';
import type { ServiceConfig } from '../runtime/runtime.ts';
import type { Site } from './site.ts';

/** While init topics are archived, what waits becomes a segment after this time: the end of a load is not to be waited for. */
const INIT_AGE_MAX = '5s';

/**
 * The configuration of the Storer as it is to run for good: forwards records only where consumers are to read those. The
 * group has an offset for every partition that there was; one that was added since is archived from its start.
 */
export function standardStorer({ deployment, storer }: Site): ServiceConfig {
  const topics = storer.storer.topics.map(({ topic, folder, postIngestion }) => ({ topic, folder, postIngestion }));
  const changes = { topics, enablePostIngestion: deployment.mode === 'sequential', startPosition: 'earliest' };
  return withSection(deployment.bss, 'storer', changes);
}

/**
 * The configuration of the Storer while the init topics are archived: into the folders of the final topics, by a group of
 * its own, nothing forwarded.
 */
export function initStorer(site: Site): ServiceConfig {
  const topics = initTopics(site).map(({ init, folder }) => ({ topic: init, folder }));
  const rotation = { ...sectionOf(site.deployment.bss, 'storer.rotation'), ageMax: INIT_AGE_MAX };
  const changes = { topics, groupId: initGroup(site), enablePostIngestion: false, rotation, startPosition: 'earliest' };
  return withSection(site.deployment.bss, 'storer', changes);
}

/** The configuration of the Reloader. */
export function standardReloader({ deployment }: Site): ServiceConfig {
  return withSection(deployment.bss, 'reloader', {});
}

/** A live topic, its folder, and the topic that initializes the folder. */
export interface InitTopic extends TopicMapping {
  readonly init: string;
}

/** The init topic of each live topic: `<topic>-init`. */
export function initTopics({ storer }: Pick<Site, 'storer'>): readonly InitTopic[] {
  return storer.storer.topics.map((mapping) => ({ ...mapping, init: `${mapping.topic}-init` }));
}

/** The consumer group of the Storer while it archives the init topics. */
export function initGroup({ storer }: Pick<Site, 'storer'>): string {
  return `${storer.storer.groupId}-init`;
}

/** Sections that one service alone reads: a change in the other's is no reason to start it anew. */
const OWN_SECTIONS = ['storer', 'reloader'] as const;

/** What a service's `bss.yaml` holds, with changes in its own section. */
function withSection(
  bss: ServiceConfig,
  service: (typeof OWN_SECTIONS)[number],
  changes: Readonly<Record<string, unknown>>,
): ServiceConfig {
  const shared = Object.entries(bss).filter(([key]) => !OWN_SECTIONS.some((name) => belongsTo(key, name)));
  const own = { ...sectionOf(bss, service), ...changes };
  return { ...Object.fromEntries(shared), ...(Object.keys(own).length > 0 && { [service]: own }) };
}

/** A section as it may be written: nested, or with dots in its keys, or both. */
function sectionOf(config: ServiceConfig, path: string): Readonly<Record<string, unknown>> {
  const section: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith(`${path}.`)) section[key.slice(path.length + 1)] = value;
    else if (key === path) Object.assign(section, value);
    else if (path.startsWith(`${key}.`))
      Object.assign(section, sectionOf(value as ServiceConfig, path.slice(key.length + 1)));
  }
  return section;
}

function belongsTo(key: string, section: string): boolean {
  return key === section || key.startsWith(`${section}.`);
}
