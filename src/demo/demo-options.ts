import { BUCKET_OPTIONS } from '../core/config/bucket-options.ts';
import type { ConfigOf } from '../core/config/config-of.ts';
import { optional, withDefault } from '../core/config/option.ts';
import { boolean, integer, text } from '../core/config/option-types.ts';

/** What the demo can be told, beside where its bucket is. */
export const DEMO_OPTIONS = {
  keep: withDefault(boolean, false, {
    doc: 'Leave Kafka, the Reloader and the archive there until Ctrl-C, and say how to reach them.',
  }),
  records: withDefault(integer(1_000, 20_000_000), 200_000, { doc: 'How many records to make.' }),
};

/** The bucket's options, of which none is needed. They are given as flags or variables; no file is read. */
export const DEMO_BUCKET_OPTIONS = {
  ...BUCKET_OPTIONS,
  'bucket.url': optional(text, {
    doc: 'A bucket of yours: `s3://name/prefix`. The demo uses a folder of its own in it, and removes that at the end.',
    flags: ['bucket'],
    defaultText: 'a temporary directory',
  }),
};

/** What the demo was told. */
export type DemoOptions = ConfigOf<typeof DEMO_OPTIONS>;

/** Where its bucket is. */
export type DemoBucket = ConfigOf<typeof DEMO_BUCKET_OPTIONS>['bucket'];
