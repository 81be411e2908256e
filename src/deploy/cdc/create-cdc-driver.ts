import type { CdcFacts } from '../facts/deployment.ts';
import type { CdcDriver } from './cdc-driver.ts';
import { type DebeziumServices, debeziumDriver } from './debezium/debezium-driver.ts';
import { commandDriver } from './hook/command-driver.ts';
import { httpDriver } from './hook/http-driver.ts';
import { manualDriver } from './manual-driver.ts';

/** What drivers need beside their facts. */
export interface CdcServices extends DebeziumServices {
  /** What commands inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The driver that the section `cdc` of deployment.yaml asks for. Nothing is connected to before its first call. */
export function createCdcDriver(facts: CdcFacts, services: CdcServices): CdcDriver {
  switch (facts.driver) {
    case 'debezium':
      return debeziumDriver(facts, services);
    case 'command':
      return commandDriver(facts, services.environment);
    case 'http':
      return httpDriver(facts);
    case 'manual':
      return manualDriver(facts);
  }
}
