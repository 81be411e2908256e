import { access, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { kafkaConnection } from '../core/config/kafka-options.ts';
import { loadConfig } from '../core/config/load-config.ts';
import { optional, withDefault } from '../core/config/option.ts';
import { boolean, filePath, text } from '../core/config/option-types.ts';
import { KAFKA_SHAPE } from '../core/config/service-shapes.ts';
import { AppError } from '../core/errors.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { parseDeployment } from '../deploy/facts/load-deployment.ts';
import type { TopicsOf } from '../deploy/init/ask-connections.ts';
import { deploymentText } from '../deploy/init/deployment-text.ts';
import { GivenAnswers } from '../deploy/init/given-answers.ts';
import { interview, type InterviewResult } from '../deploy/init/interview.ts';
import { InterviewEnded } from '../deploy/init/interviewer.ts';
import { decisionText } from '../deploy/plan-text/plan-text.ts';
import type { CliHost } from './cli-host.ts';
import { defineCommand } from './command.ts';
import { usage } from './parse-command-line.ts';
import { treeTextOptions } from './tree-text-options.ts';

/** A wizard must not wait for long. */
const CONNECT_TIMEOUT_MS = 3000;
/** What a person's terminal puts before each line of what is shown in between. */
const GUIDE_WIDTH = 3;

/** `bss deploy init`: the questions of the tree, one by one, and a deployment.yaml in the end. */
export const deployInitCommand = defineCommand({
  description:
    'Asks the questions of the decision tree, only those that the path needs and each with its reason, then what the ' +
    'procedure has to be connected to; shows the decision, and writes a commented deployment.yaml. Changes nothing else. ' +
    'With --answers nobody is asked.',
  positionals: [],
  options: {
    file: withDefault(filePath, 'deployment.yaml', { doc: 'The file to write.', flags: ['f'] }),
    answers: optional(text, {
      doc: 'All answers, `key=value` with commas between them; docs/deploy.md has the keys. Missing ones are told.',
    }),
    force: withDefault(boolean, false, { doc: 'Overwrite the file if it exists.' }),
    ascii: withDefault(boolean, false, { doc: 'Draw with characters that every terminal has.' }),
  },
  examples: [
    { line: 'bss deploy init', doc: 'Ask me' },
    {
      line: 'bss deploy init --answers "greenfield=yes,mode=parallel,topics=orders,bucket.url=s3://archive"',
      doc: 'For pipelines',
    },
  ],
  async run({ options, host }) {
    const path = resolve(host.directory, options.file);
    if (!options.force && (await exists(path))) {
      throw new AppError('DEPLOY_FILE_EXISTS', `${options.file} exists already`, { subject: options.file });
    }
    try {
      const result = await ask(options, host);
      const written = checkedText(result, path);
      await writeFile(path, written);
      return await conclude(options, host, result);
    } catch (error) {
      if (!(error instanceof InterviewEnded)) throw error;
      host.stderr.write('Ended. Nothing was written.\n');
      return EXIT_CODES.sigint;
    }
  },
});

interface Given {
  readonly file: string;
  readonly answers: string | undefined;
  readonly ascii: boolean;
  readonly json: boolean;
}

async function ask({ answers, ascii, file }: Given, host: CliHost): Promise<InterviewResult> {
  const drawn = treeTextOptions(host, ascii);
  const around = {
    name: proposedName(host.directory),
    topicsOf: topicsOf(host),
    tell: (decision: InterviewResult['decision']) =>
      decisionText(decision, 'The procedure', { ...drawn, width: drawn.width - GUIDE_WIDTH }),
  };
  if (answers !== undefined) {
    const given = new GivenAnswers(answers);
    const result = await interview(given, { ...around, topicsOf: async () => undefined });
    given.finish();
    return result;
  }
  if (host.stdout.isTTY !== true) throw usage('deploy init', 'there is no terminal to ask on: give --answers');
  // Loaded here: nobody else needs it.
  const { clackInterviewer } = await import('../deploy/init/clack-interviewer.ts');
  const { intro, spinner } = await import('@clack/prompts');
  intro(`Bucket storage for your landscape: a few questions, then ${file}`);
  const listed: TopicsOf = async (kafka) => {
    const waiting = spinner();
    waiting.start('Asking Kafka for its topics');
    const topics = await around.topicsOf(kafka);
    waiting.stop(topics === undefined ? 'Kafka cannot be reached from here' : 'Kafka has named its topics');
    return topics;
  };
  return await interview(clackInterviewer, { ...around, topicsOf: listed });
}

/** What was asked for makes a file that is accepted; variables that it names may be set later. */
function checkedText({ draft, decision }: InterviewResult, path: string): string {
  const written = deploymentText(draft, decision);
  const names = [...written.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  // An address, as that is what a text may have to be.
  const env = Object.fromEntries(names.map((name) => [name, 'mongodb://unset']));
  parseDeployment(written, { path, folder: '.', env, readFile: () => 'unset' });
  return written;
}

async function conclude(
  { file, json, answers, ascii }: Given,
  host: CliHost,
  result: InterviewResult,
): Promise<number> {
  const { decision } = result;
  const next = file === 'deployment.yaml' ? 'bss deploy plan' : `bss deploy plan --file ${file}`;
  if (json) {
    host.stdout.write(`${JSON.stringify({ file, procedure: decision.procedure, covered: decision.covered })}\n`);
  } else if (answers === undefined) {
    const { log, outro } = await import('@clack/prompts');
    log.success(`${file} is written. Look it through.`);
    outro(`Next: ${next}`);
  } else {
    host.stdout.write(`${decisionText(decision, 'The procedure', treeTextOptions(host, ascii))}\n`);
    host.stdout.write(`${file} is written. Next: ${next}\n`);
  }
  return EXIT_CODES.ok;
}

/** Asks the cluster, with what the environment has of its secrets; a cluster that cannot be reached is no error here. */
function topicsOf(host: CliHost): TopicsOf {
  return async (kafka) => {
    const flags = new Map<string, string>();
    try {
      const file = {
        path: 'answers',
        text: JSON.stringify({ kafka: { ...kafka, connectTimeout: CONNECT_TIMEOUT_MS } }),
      };
      const sources = { file, env: host.env, flags, coreCount: host.coreCount, readFile: host.readFile };
      const client = await connectKafka(kafkaConnection(loadConfig(KAFKA_SHAPE, sources).config.kafka));
      try {
        return await client.listTopics();
      } finally {
        await client.close();
      }
    } catch {
      return undefined;
    }
  };
}

/** The folder's name, as far as it can be a deployment's. */
function proposedName(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name === '' ? 'deployment' : name;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
