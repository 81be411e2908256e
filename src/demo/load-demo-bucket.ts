import { type ConfigSources, loadConfig } from '../core/config/load-config.ts';
import { ALL_TABLES } from '../core/config/service-shapes.ts';
import { optionVariables } from '../core/config/variables.ts';
import { DEMO_BUCKET_OPTIONS, type DemoBucket } from './demo-options.ts';

/**
 * Where the demo's bucket is. Credentials may come from variables, but which bucket it is must be said on the command
 * line: a variable or a file may name one that is used in earnest.
 * @throws CONFIG_INVALID
 */
export function loadDemoBucket(sources: ConfigSources): DemoBucket {
  const elsewhere = new Set(optionVariables([{ 'bucket.url': DEMO_BUCKET_OPTIONS['bucket.url'] }]));
  const env = Object.fromEntries(Object.entries(sources.env).filter(([name]) => !elsewhere.has(name)));
  const shape = { table: DEMO_BUCKET_OPTIONS, otherTables: ALL_TABLES };
  return loadConfig(shape, { ...sources, env, file: undefined }).config.bucket;
}
