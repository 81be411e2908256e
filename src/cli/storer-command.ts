import { STORER_SHAPE } from '../core/config/service-shapes.ts';
import { runStorer } from '../storer/storer-main.ts';
import { defineCommand } from './command.ts';
import { serviceLogger } from './service-logger.ts';

/** `bss storer`: archives topics until it is told to stop. */
export const storerCommand = defineCommand({
  description:
    'Archives Kafka topics to the bucket, exactly once, until it is stopped (SIGTERM). Replicas with the same ' +
    '`storer.groupId` share the partitions. What it needs to know comes from bss.yaml, BSS_* variables or flags.',
  positionals: [],
  options: {},
  config: STORER_SHAPE,
  examples: [
    { line: 'bss storer --config bss.yaml', doc: 'Archive what the file says' },
    {
      line: 'bss storer --kafka.brokers localhost:9092 --bucket.url file:///var/lib/bss --storer.groupId archive --storer.topics orders',
      doc: 'Archive one topic to a directory',
    },
  ],
  run: async ({ config, host }) =>
    await runStorer(config, serviceLogger(config.log.level, 'bss-storer', host), host.version),
});
