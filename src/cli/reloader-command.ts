import { RELOADER_SHAPE } from '../core/config/service-shapes.ts';
import { runReloader } from '../reloader/reloader-main.ts';
import { defineCommand } from './command.ts';
import { serviceLogger } from './service-logger.ts';

/** `bss reloader`: runs reload jobs and serves their API until it is told to stop. */
export const reloaderCommand = defineCommand({
  description:
    'Serves the API that reload jobs are planned, started and watched with (docs/api.md), and runs them, until it is ' +
    'stopped (SIGTERM). Replicas with the same `reloader.groupId` share the jobs and take over from each other.',
  positionals: [],
  options: {},
  config: RELOADER_SHAPE,
  examples: [
    { line: 'bss reloader --config bss.yaml', doc: 'Serve the archive that the file names' },
    {
      line: 'bss reloader --kafka.brokers localhost:9092 --bucket.url file:///var/lib/bss --http.port 3000',
      doc: 'Serve a directory',
    },
  ],
  run: async ({ config, host }) =>
    await runReloader(config, serviceLogger(config.log.level, 'bss-reloader', host), host.version),
});
