/** The program that a local runtime starts for each service: `supervise.ts <JSON of Supervised>`. */
import { processEnvironment } from '../../../core/config/process-environment.ts';
import { systemClock } from '../../../core/runtime/clock.ts';
import { Supervisor, type Supervised } from './supervisor.ts';

// Written by `local-runtime.ts`.
const supervised = JSON.parse(process.argv[2] ?? '{}') as Omit<Supervised, 'environment'>;
const supervisor = new Supervisor({ ...supervised, environment: processEnvironment() }, systemClock);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => supervisor.stop());
await supervisor.run();
