import type { KafkaDistribution } from './kafka-distribution.ts';
import { type CommandResult, runCommand, tryCommand } from './run-command.ts';

/** For what lives for seconds or minutes: no time for the optimising compiler to pay. */
export const SHORT_RUN_OPTIONS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];
const TIMEOUT_MS = 120_000;
const HEAP_MAX_MIB = 256;

/** A Kafka tool's input and its limits. */
export interface KafkaToolOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** The most memory for its objects, in MiB. */
  readonly heapMaxMib?: number;
  /** Replaces the options that make a tool start fast; for a tool that runs long, such as a benchmark. */
  readonly jvmOptions?: readonly string[];
  /** Gives the result whatever the exit code is, instead of throwing. */
  readonly mayFail?: boolean;
}

/**
 * Runs a class of Kafka's jars to its end, such as `org.apache.kafka.tools.TopicCommand`.
 * @throws SETUP_FAILED when it takes too long, or (unless it may) ends with another code than 0.
 */
export async function runKafkaTool(
  distribution: KafkaDistribution,
  className: string,
  args: readonly string[],
  options: KafkaToolOptions = {},
): Promise<CommandResult> {
  const jvmOptions = [...(options.jvmOptions ?? SHORT_RUN_OPTIONS), `-Xmx${options.heapMaxMib ?? HEAP_MAX_MIB}m`];
  const run = options.mayFail === true ? tryCommand : runCommand;
  return run(distribution.java, javaArguments(distribution, jvmOptions, className, args), {
    name: className,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

/** The arguments that make `java` run a class of Kafka's jars. */
export function javaArguments(
  distribution: KafkaDistribution,
  jvmOptions: readonly string[],
  className: string,
  args: readonly string[],
): string[] {
  const logging = `-Dlog4j2.configurationFile=${distribution.log4jPath}`;
  return [...jvmOptions, logging, '-cp', distribution.classPath, className, ...args];
}
