import type { ProcedureId } from '../facts/deployment-facts.ts';
import { askAuthority, type Section } from './ask-connections.ts';
import { askList, askOptional, type Interviewer } from './interviewer.ts';

/** The sections that only some procedures need, by name. */
export type ProcedureSections = Readonly<Record<string, Section>>;

/** Asks for what the procedure needs besides: the CDC, the projections, the dump; and for the tables, as evidence. */
export async function askProcedure(
  interviewer: Interviewer,
  procedure: ProcedureId,
  topics: readonly string[],
): Promise<ProcedureSections> {
  const own = await askOwn(interviewer, procedure, topics);
  return procedure === 'P1' ? own : { ...own, ...(await askSource(interviewer, topics)) };
}

async function askOwn(
  interviewer: Interviewer,
  procedure: ProcedureId,
  topics: readonly string[],
): Promise<ProcedureSections> {
  switch (procedure) {
    case 'P1':
      return {};
    case 'P2':
    case 'P4':
      return { cdc: await askCdc(interviewer, procedure) };
    case 'P3':
      return { projections: await askProjections(interviewer, topics) };
    case 'P5':
      return { dump: await askDump(interviewer) };
    case 'P6':
      return { dump: await askReconstruction(interviewer) };
  }
}

async function askCdc(interviewer: Interviewer, procedure: ProcedureId): Promise<Section> {
  const driver = await interviewer.ask({
    key: 'cdc.driver',
    message: 'How is the CDC spoken to?',
    choices: [
      { value: 'debezium', label: 'Debezium', hint: 'by the REST API of Kafka Connect' },
      { value: 'command', label: 'Commands', hint: 'programs that stop, start and load' },
      { value: 'http', label: 'HTTP', hint: 'a service that does it' },
      { value: 'manual', label: 'A person', hint: 'is told what to do, and bss checks it' },
    ],
    initial: 'debezium',
  });
  if (driver === 'debezium') return await askDebezium(interviewer, procedure);
  if (driver === 'http') {
    const url = await interviewer.ask({ key: 'cdc.url', message: 'What is its address?', check: urlCheck });
    return { driver, url };
  }
  if (driver !== 'command') return { driver: 'manual' };
  const command = async (name: string, message: string): Promise<string[]> =>
    words(await interviewer.ask({ key: `cdc.${name}`, message: `Which command ${message}?` }));
  return {
    driver,
    stop: await command('stop', 'stops the CDC'),
    start: await command('start', 'starts it where it was stopped'),
    startLoad: await command('startLoad', 'begins the initial load'),
    loadState: await command('loadState', 'prints running, finished or failed'),
  };
}

async function askDebezium(interviewer: Interviewer, procedure: ProcedureId): Promise<Section> {
  const connectUrl = await interviewer.ask({
    key: 'cdc.connectUrl',
    message: 'What is the address of Kafka Connect?',
    initial: 'http://localhost:8083',
    check: urlCheck,
  });
  const authority = connectUrl.startsWith('https:') ? await askAuthority(interviewer, 'cdc.tls.ca') : {};
  const connector = await interviewer.ask({ key: 'cdc.connector', message: 'What is the connector called?' });
  const connect = { driver: 'debezium', connectUrl, ...('ca' in authority ? { tls: authority } : {}), connector };
  if (procedure === 'P2') return { ...connect, load: 'signal' };
  const load = await interviewer.ask({
    key: 'cdc.load',
    message: 'How does it load everything anew?',
    choices: [
      { value: 'signal', label: 'By a signal', hint: 'an incremental snapshot; needs a signal channel' },
      { value: 'resnapshot', label: 'By a new snapshot', hint: 'its offsets are reset while it is stopped' },
    ],
    initial: 'signal',
  });
  return { ...connect, load };
}

async function askProjections(interviewer: Interviewer, topics: readonly string[]): Promise<Section> {
  const url = await interviewer.ask({
    key: 'projections.url',
    message: 'Where is the database of the projections?',
    initial: '${PROJECTIONS_URL}',
    check: (answer) => (/^(mongodb(\+srv)?:\/\/|\$\{)/.test(answer) ? undefined : 'must begin with mongodb://'),
  });
  const group = await interviewer.ask({
    key: 'projections.group',
    message: 'Which consumer group writes the projections?',
    why: 'Its offsets say how far the projections are, and so where the archive of changes has to begin.',
  });
  return {
    url,
    group,
    collections: Object.fromEntries(topics.map((topic) => [topic, lastPart(topic)])),
    restore: await interviewer.ask({
      key: 'projections.restore',
      message: 'Which file says how documents become rows again?',
      initial: 'restore.yaml',
    }),
    mapping: await askMapping(interviewer, 'projections.mapping'),
  };
}

async function askDump(interviewer: Interviewer): Promise<Section> {
  const inputs = await askList(interviewer, {
    key: 'dump.inputs',
    message: 'Where is the dump? Files, folders or bucket URLs, with commas between them',
  });
  return { inputs, mapping: await askMapping(interviewer, 'dump.mapping') };
}

async function askReconstruction(interviewer: Interviewer): Promise<Section> {
  const from = await interviewer.ask({
    key: 'dump.reconstruct.from',
    message: 'Where are the change events that the dump is rebuilt from? A file, folder or bucket URL',
  });
  const format = await interviewer.ask({
    key: 'dump.reconstruct.format',
    message: 'In which format are they?',
    choices: ['debezium', 'db2', 'golden-gate', 'v2'].map((value) => ({ value, label: value })),
    initial: 'debezium',
  });
  return { mapping: await askMapping(interviewer, 'dump.mapping'), reconstruct: { from, format } };
}

function askMapping(interviewer: Interviewer, key: string): Promise<string> {
  return interviewer.ask({
    key,
    message: 'Which mapping file says what rows become in the topics?',
    why: 'docs/load.md describes it.',
    initial: 'mapping.yaml',
  });
}

async function askSource(interviewer: Interviewer, topics: readonly string[]): Promise<ProcedureSections> {
  const url = await askOptional(interviewer, {
    key: 'source.url',
    message: 'Where is the database behind the topics? Leave it empty to go without.',
    why: 'With it rows are counted and compared, which makes the proof better. ${VARIABLE} keeps a password out of the file.',
    check: (answer) =>
      /^((postgres(ql)?|mysql|mariadb|mongodb(\+srv)?):\/\/|\$\{)/.test(answer)
        ? undefined
        : 'must begin with postgresql://, mysql:// or mongodb://',
  });
  if (url === undefined) return {};
  return { source: { url, tables: Object.fromEntries(topics.map((topic) => [topic, lastPart(topic)])) } };
}

function urlCheck(answer: string): string | undefined {
  return /^https?:\/\/./.test(answer) ? undefined : 'must begin with http:// or https://';
}

/** `shop.public.orders` -> `orders`: most CDCs name topics so. */
function lastPart(topic: string): string {
  return topic.slice(topic.lastIndexOf('.') + 1);
}

/** A command line as its words; quotes hold words together. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}
