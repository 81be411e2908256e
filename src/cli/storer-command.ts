import { STORER_SHAPE } from '../core/config/service-shapes.ts';
import { startStorerThreads } from '../storer/storer-threads.ts';
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
  run: async ({ config, host }) => {
    // They start while the rest is loaded.
    const threads = startStorerThreads(config.storer.workers);
    const { runStorer } = await import('../storer/storer-main.ts');
    const logger = serviceLogger(config.log.level, 'bss-storer', host);
    return await runStorer(config, { threads, logger, version: host.version });
  },
});
