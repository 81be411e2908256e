import type { SnapshotManifest, SnapshotProjection } from './snapshot-manifest.ts';

/** A manifest for people. */
export function snapshotText(manifest: SnapshotManifest, place: string): string {
  const { offsets, rows, takenAt, projections } = manifest;
  const lines = [
    `${rows} rows in ${place}`,
    `  the group ${offsets.group} was, at ${takenAt}:`,
    ...offsets.partitions.map(({ topic, partition, offset, committed }) => {
      return `    ${topic}-${partition}: ${offset}${committed ? '' : ' (nothing committed: the beginning of the log)'}`;
    }),
    ...projections.flatMap(projectionLines),
  ];
  return `${lines.join('\n')}\n`;
}

function projectionLines({ name, documents, rows, refused, refusedDocuments, fields }: SnapshotProjection): string[] {
  return [
    `  ${name}: ${documents} documents, ${rows} rows`,
    ...(refused > 0 ? [`    ${refused} documents have no key, such as ${refusedDocuments[0]?.id}`] : []),
    ...fields.notRestored.map(({ field, reason, values, firstId }) => {
      return `    ${field}: ${values} values left out, first in ${firstId}: ${reason}`;
    }),
    ...(fields.respelled.length > 0 ? [`    may have been spelled otherwise: ${fields.respelled.join(', ')}`] : []),
  ];
}
