import type { DeploymentFacts, DeploymentMode } from './deployment-facts.ts';

/** What `deployment.yaml` says, checked. The sections `kafka`, `bucket`, `storer`, `reloader` are those of `bss.yaml`. */
export interface Deployment {
  readonly version: 1;
  /** Names the journal, and whatever is created. Lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly mode: DeploymentMode;
  readonly facts: DeploymentFacts;
  /** As `bss.yaml` would hold it: `kafka`, `bucket`, `storer`, `reloader`, ... `storer.topics` are what is archived. */
  readonly bss: Readonly<Record<string, unknown>>;
  /** Parallel mode: the topic that a reload of each topic is to go to, which consumers read apart from the live one. */
  readonly reingestion?: Readonly<Record<string, string>> | undefined;
  readonly runtime: RuntimeFacts;
  /** P2 and P4. */
  readonly cdc?: CdcFacts | undefined;
  /** The system of record: a spare task's slot is dropped there, and the certificate names its tables. */
  readonly source?: SourceFacts | undefined;
  /** P3. */
  readonly projections?: ProjectionFacts | undefined;
  /** P5 and P6. */
  readonly dump?: DumpFacts | undefined;
  readonly checks: CheckFacts;
}

/** Where the services are to run. */
export type RuntimeFacts =
  | {
      readonly type: 'local';
      readonly folder?: string | undefined;
      /** Ports of the services. Default: that of the section `http` and the one after it. */
      readonly ports?: { readonly storer?: number | undefined; readonly reloader?: number | undefined } | undefined;
    }
  | {
      readonly type: 'compose';
      readonly folder?: string | undefined;
      readonly image: string;
      /** Ports of this machine. */
      readonly ports?: { readonly storer?: number | undefined; readonly reloader?: number | undefined } | undefined;
    }
  | {
      readonly type: 'kubernetes';
      readonly folder?: string | undefined;
      readonly image: string;
      readonly namespace: string;
      readonly context?: string | undefined;
      readonly storerReplicas: number;
      readonly reloaderReplicas: number;
    };

/** How a server proves who it is, and we to it: PEM. */
export interface TlsFacts {
  /** Certificates of the authorities to trust; those that Node knows when absent. */
  readonly ca?: string | undefined;
  /** Of this client, with its key; neither when the server does not ask. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** How the CDC is spoken to. */
export type CdcFacts =
  | {
      readonly driver: 'debezium';
      readonly connectUrl: string;
      /** Of `connectUrl`. */
      readonly tls?: TlsFacts | undefined;
      readonly connector: string;
      /** How P4 loads anew: a signal to the running connector, or offsets reset and its snapshot taken again. */
      readonly load: 'signal' | 'resnapshot';
      /** `postgresql://` of a role that may drop replication slots and clean the signal table; `source.url` when absent. */
      readonly sourceUrl?: string | undefined;
      /** Longest time for the connector to stop or to start, in milliseconds; a minute when absent. */
      readonly timeoutMs?: number | undefined;
    }
  | {
      readonly driver: 'command';
      readonly stop: readonly string[];
      readonly start: readonly string[];
      readonly state?: readonly string[] | undefined;
      readonly startLoad: readonly string[];
      readonly loadState: readonly string[];
      readonly endLoad?: readonly string[] | undefined;
      /** Longest time for one command, in milliseconds; five minutes when absent. */
      readonly timeoutMs?: number | undefined;
    }
  | {
      readonly driver: 'http';
      readonly url: string;
      readonly token?: string | undefined;
      readonly tls?: TlsFacts | undefined;
      /** Longest time to stop or to start, in milliseconds; five minutes when absent. */
      readonly timeoutMs?: number | undefined;
    }
  | { readonly driver: 'manual'; readonly instructions?: Readonly<Record<string, string>> | undefined };

/** Tables or collections behind the topics. */
export interface SourceFacts {
  /** `postgresql://`, `mysql://` or `mongodb://`. */
  readonly url: string;
  /** By topic. */
  readonly tables: Readonly<Record<string, string>>;
}

/** Projections, and who writes them. */
export interface ProjectionFacts {
  readonly url: string;
  /** The consumer group whose offsets say how far the projections are. */
  readonly group: string;
  /** By topic: collection, mapping file for the messages, and how fields are named and cast back. */
  readonly collections: Readonly<Record<string, string>>;
  /** The file that says how documents become rows again (docs/snapshot.md). */
  readonly restore: string;
  /** The mapping of `bss load`. */
  readonly mapping: string;
}

/** A dump, or what one is made from. */
export interface DumpFacts {
  /** P5: files, directories, bucket prefixes. */
  readonly inputs: readonly string[];
  /** The mapping of `bss load`. */
  readonly mapping: string;
  /** P6: where the archived change events are, and in which format. */
  readonly reconstruct?: { readonly from: string; readonly format: string } | undefined;
}

/** How strict the checks are. */
export interface CheckFacts {
  /** End offsets stand still for so long: nothing is written any more. */
  readonly quietPeriodMs: number;
  /** Clocks may differ by so much. */
  readonly clockSkewMaxMs: number;
  /** Records that are compared value by value, for each topic. */
  readonly samples: number;
  /** Longest time that a load may take. */
  readonly loadTimeoutMs: number;
}
