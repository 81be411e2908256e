import { formatLink, formatLinksHeading, formatSource } from '../archive-cli/format-listing.ts';
import { listArchive, listLinks, type PartitionListing } from '../archive-cli/list-archive.ts';
import { linkJson, listingJson } from '../archive-cli/listing-json.ts';
import type { CatalogPartition } from '../core/archive/catalog.ts';
import { withDefault } from '../core/config/option.ts';
import { boolean } from '../core/config/option-types.ts';
import { ARCHIVE_SHAPE } from '../core/config/service-shapes.ts';
import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { defineCommand } from './command.ts';
import { openArchive } from './open-archive.ts';
import { writeOutput } from './write-output.ts';

/** `bss archive ls`: what is in the bucket. */
export const archiveLsCommand = defineCommand({
  description:
    'Shows what an archive holds: folders, sources (a topic that was deleted and created again is another one), ' +
    'partitions, offsets, records, sizes, times, and the offsets that have no record, by reason. Reads metadata only. ' +
    'With --json every line is an object.',
  positionals: [
    {
      name: 'folder',
      doc: 'The folder, which is named as the topic unless configured; all when absent.',
      required: false,
    },
  ],
  options: {
    segments: withDefault(boolean, false, { doc: 'Show every segment, and every hole between segments.' }),
  },
  config: ARCHIVE_SHAPE,
  examples: [
    { line: 'bss archive ls --bucket file:///var/lib/bss', doc: 'Everything in a directory' },
    { line: 'bss archive ls orders --segments --json | jq -r .key', doc: 'The objects of a topic' },
  ],
  async run({ options, config, positionals, host }) {
    const bucket = await openArchive(config.bucket, host);
    const palette = paletteFor(coloursWanted(host.stdout, host.env));
    const write = (text: string): Promise<void> => writeOutput(host.stdout, text);
    const { folder } = positionals;
    if (options.segments) {
      let headed: CatalogPartition | undefined;
      for await (const { at, link } of listLinks(bucket, folder)) {
        const heading = isSameSource(headed, at) ? '' : formatLinksHeading(at, palette);
        headed = at;
        await write(options.json ? `${JSON.stringify(linkJson(at, link))}\n` : heading + formatLink(at, link, palette));
      }
      return EXIT_CODES.ok;
    }
    let isFirst = true;
    for await (const listings of bySource(listArchive(bucket, folder))) {
      if (options.json) for (const listing of listings) await write(`${JSON.stringify(listingJson(listing))}\n`);
      else await write(`${isFirst ? '' : '\n'}${formatSource(listings, palette)}`);
      isFirst = false;
    }
    if (isFirst && !options.json) await write(`${bucket.url} holds no archive.\n`);
    return EXIT_CODES.ok;
  },
});

/** Partitions of one source together: they are one table. */
async function* bySource(listings: AsyncIterable<PartitionListing>): AsyncGenerator<PartitionListing[]> {
  let group: PartitionListing[] = [];
  for await (const listing of listings) {
    if (group.length > 0 && !isSameSource(group[0]?.at, listing.at)) {
      yield group;
      group = [];
    }
    group.push(listing);
  }
  if (group.length > 0) yield group;
}

function isSameSource(a: CatalogPartition | undefined, b: CatalogPartition): boolean {
  return a?.location.folder === b.location.folder && a.location.source === b.location.source;
}
