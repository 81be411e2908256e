import { listPartitions } from '../../core/archive/catalog.ts';
import { listSources } from '../../core/archive/source-registry.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import { type CheckResult, held, refused } from './check-result.ts';

/**
 * The bucket's folder holds nothing, but for sources of topics that are ours already (by topic id: a run before a crash
 * may have begun them), and for those of which nothing was archived, as a deployment leaves them that was undone before
 * its load began. DEPLOY_FOLDER_NOT_EMPTY lists the sources and partitions that are there.
 */
export async function checkFolderEmpty(
  bucket: Bucket,
  folder: string,
  ownTopicIds: readonly string[] = [],
): Promise<CheckResult> {
  const sources = await listSources(bucket, folder);
  const partitions = new Map<number, number[]>();
  if (sources.length > 0) {
    for await (const { source, location } of listPartitions(bucket, folder)) {
      partitions.set(source.number, [...(partitions.get(source.number) ?? []), location.partition]);
    }
  }
  const found = sources.map(({ number, topic, topicId, createdAtMs }) => ({
    source: number,
    topic,
    topicId,
    since: new Date(createdAtMs).toISOString(),
    partitions: partitions.get(number) ?? [],
    own: ownTopicIds.includes(topicId),
  }));
  const others = found.filter(({ own, partitions: archived }) => !own && archived.length > 0);
  const check = `the folder ${folder} of the bucket holds nothing else`;
  if (others.length === 0) return held(check, { folder, sources: found });
  const texts = others.map(
    ({ source, topic, since, partitions: archived }) =>
      `source ${source}: topic ${topic} since ${since}, partitions ${archived.join(', ')}`,
  );
  return refused(
    check,
    { folder, sources: found },
    {
      code: 'DEPLOY_FOLDER_NOT_EMPTY',
      message: `The folder ${folder} of the bucket ${bucket.url} holds data already (${texts.join('; ')})`,
      subject: folder,
      hint: 'Choose another folder or prefix, or move the old data away: a reload would give both, the older source first.',
    },
  );
}
