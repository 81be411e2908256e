import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { openBucket } from '../../core/bucket/open-bucket.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { EXIT_CODES } from '../../core/runtime/exit-codes.ts';
import { formatCount } from '../../core/runtime/human-units.ts';
import type { ApplyEvent } from '../../deploy/apply/apply-event.ts';
import { decide } from '../../deploy/tree/decide.ts';
import { treeText } from '../../deploy/tree/tree-text.ts';
import { openShop, type Shop } from '../cdc/shop.ts';
import { readShopTable, SHOP_TABLES } from '../cdc/shop-tables.ts';
import type { DemoScreen } from '../demo-screen.ts';
import { openKafka } from '../demo-site.ts';
import { freePorts } from '../services/free-ports.ts';
import { KAFKA_VERSION } from '../services/kafka-distribution.ts';
import { until } from '../services/until.ts';
import { ApplyOnScreen } from './apply-on-screen.ts';
import { foldAndCompare } from './fold-and-compare.ts';
import { runBss } from './run-bss.ts';
import { SHOP_DEPLOYMENT, SHOP_FACTS, shopDeployment } from './shop-deployment.ts';

/** What the demonstration is made of. */
export interface DeployDemoParts {
  readonly orders: number;
  readonly screen: DemoScreen;
  readonly clock: Clock;
}

const CUSTOMERS = 500;
const PARTITIONS = 3;
const TRANSACTIONS_PER_SECOND = 40;
/** Changes that the topics have before anybody thinks of an archive. */
const TRANSACTIONS_BEFORE = 120;
/** Changes after the deployment, which the archive must have too. */
const TRANSACTIONS_AFTER = 80;
const WRITER_TIMEOUT_MS = 60_000;
/** Everything that is started ends with this process, whatever happens to it. */
const OWNED = { BSS_TEST_OWNER_PID: String(process.pid) };

/**
 * An archive is brought into a shop that is running (P4 of the guidelines): a database that changes all the time, a CDC,
 * topics that have forgotten the older rows. Gives the lines that say what to look at. Everything that is started or made
 * goes into `resources`.
 * @throws whatever went wrong; DEPLOY_CHECK_FAILED when the archive is not what the tables are
 */
export async function runDeployDemo(
  { orders, screen, clock }: DeployDemoParts,
  resources: AsyncDisposableStack,
): Promise<readonly string[]> {
  const { palette } = screen;
  screen.write('', palette.bold('An archive for a shop that is open: proven, while it goes on'), '');
  const folder = await mkdtemp(join(tmpdir(), 'bss-deploy-demo-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const { bootstrap, shop } = await openStep(screen, orders, resources);
  await sellStep(screen, shop);
  const bucketUrl = await planStep(screen, shop, { folder, bootstrap });
  // What the load wrote into the live topics cannot be taken back, and goes with Kafka: exit code 3.
  const undo = { cwd: folder, environment: OWNED, alsoGood: [EXIT_CODES.findings] };
  resources.defer(() => runBss(['deploy', 'undo', '--yes'], undo).then(() => undefined));
  await applyStep(screen, shop, folder);
  await compareStep(screen, shop, bucketUrl, clock);
  const certificate = await verifyStep(screen, folder);
  return [
    '',
    palette.bold('What to look at'),
    `  docs/deploy.md                                  ${palette.dim('the tree, and deployment.yaml for your landscape')}`,
    `  npm run bss -- deploy init                      ${palette.dim('asks the questions of the tree, and writes it')}`,
    `  npm run demo -- deploy --keep                   ${palette.dim('the same, and leaves it running, with the certificate')}`,
    ...certificate.map((line) => `  ${line}`),
    '',
  ];
}

async function openStep(
  screen: DemoScreen,
  orders: number,
  resources: AsyncDisposableStack,
): Promise<{ readonly bootstrap: string; readonly shop: Shop }> {
  const announce = (line: string): void => screen.announce(line);
  const { result } = await screen.step(
    `Starting Apache Kafka ${KAFKA_VERSION}, PostgreSQL, and Kafka Connect with Debezium`,
    async () => {
      const { broker, kafka } = await openKafka(announce, resources);
      const { bootstrap } = broker;
      const shop = await openShop({
        bootstrap,
        kafka,
        name: 'shop',
        orders,
        customers: CUSTOMERS,
        partitionCount: PARTITIONS,
        transactionsPerSecond: TRANSACTIONS_PER_SECOND,
        announce,
      });
      resources.defer(() => shop.stop());
      return { bootstrap, shop };
    },
    () => `Started Apache Kafka ${KAFKA_VERSION}, PostgreSQL, and Kafka Connect with Debezium`,
  );
  screen.write(
    `    ${screen.palette.dim(`a shop with ${formatCount(orders)} orders and ${CUSTOMERS} customers, captured into ${Object.values(result.shop.topics).join(' and ')}`)}`,
  );
  return result;
}

async function sellStep(screen: DemoScreen, shop: Shop): Promise<void> {
  await screen.step(
    'Opening the shop',
    async () => {
      shop.writer.start();
      await writes(shop, TRANSACTIONS_BEFORE);
    },
    () => `The shop is open: ${TRANSACTIONS_PER_SECOND} transactions a second insert, update and delete`,
  );
  const told = 'the topics hold what changed since the CDC began, and the rows before that are nowhere in Kafka';
  screen.write(`    ${screen.palette.dim(told)}`, '');
}

async function planStep(
  screen: DemoScreen,
  shop: Shop,
  { folder, bootstrap }: { readonly folder: string; readonly bootstrap: string },
): Promise<string> {
  const bucket = join(folder, 'bucket');
  await mkdir(bucket);
  const [storer = 0, reloader = 0] = await freePorts(2);
  const bucketUrl = pathToFileURL(bucket).href;
  const path = join(folder, 'deployment.yaml');
  await writeFile(path, shopDeployment(shop, { bootstrap, bucketUrl, ports: { storer, reloader } }), { mode: 0o600 });
  const { palette, width } = screen;
  const decision = decide(SHOP_FACTS, 'parallel');
  await screen.step(
    'Planning with bss deploy plan',
    () => runBss(['deploy', 'plan', '--json'], { cwd: folder, environment: OWNED }),
    () => `Planned with bss deploy plan: ${decision.procedure}, the CDC is stopped and loads anew`,
  );
  const picture = treeText(decision.path, { width: width - 4, palette, ascii: false });
  screen.write(
    '',
    ...picture
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
    '',
  );
  return bucketUrl;
}

async function applyStep(screen: DemoScreen, shop: Shop, folder: string): Promise<void> {
  const shown = new ApplyOnScreen(screen);
  let stoppedAt: number | undefined;
  const onLine = (line: string): void => {
    const event = shown.see(line);
    if (isDone(event, 'stop-cdc')) stoppedAt = shop.writer.written.transactions;
    if (event.event === 'step-started' && event.step === 'initial-load' && stoppedAt !== undefined) {
      const meanwhile = formatCount(shop.writer.written.transactions - stoppedAt);
      const told = `while the CDC stood still the shop made ${meanwhile} transactions, and the topics got no record`;
      screen.write(`    ${screen.palette.dim(told)}`);
    }
  };
  screen.write(screen.palette.bold('    bss deploy apply'));
  try {
    await runBss(['deploy', 'apply', '--json', '--yes'], { cwd: folder, environment: OWNED, onLine });
    await shown.end();
  } catch (error) {
    await shown.end(error);
    throw error;
  }
  screen.write('');
}

async function compareStep(screen: DemoScreen, shop: Shop, bucketUrl: string, clock: Clock): Promise<void> {
  await screen.step(
    'Closing the shop, and waiting for the last change to be in the bucket',
    async () => {
      await writes(shop, shop.writer.written.transactions + TRANSACTIONS_AFTER);
      await shop.writer.stop();
      await shop.captured();
    },
    () => {
      const { inserted, updated, deleted } = shop.writer.written;
      return `Closed the shop: ${formatCount(inserted)} inserts, ${formatCount(updated)} updates, ${formatCount(deleted)} deletes in all`;
    },
  );
  const bucket = await openBucket(bucketUrl);
  for (const table of SHOP_TABLES) {
    const rows = await readShopTable(shop.database, table);
    await screen.step(
      `Comparing the archive of ${table} with the table`,
      () => eventually(() => foldAndCompare(bucket, table, rows), clock),
      ({ events, rows: count }) =>
        `The archive of ${table}, ${formatCount(events)} changes folded by key, is the table: all ${formatCount(count)} rows`,
    );
  }
}

async function verifyStep(screen: DemoScreen, folder: string): Promise<readonly string[]> {
  const { result } = await screen.step(
    'Writing the certificate with bss deploy verify',
    () => runBss(['deploy', 'verify'], { cwd: folder, environment: OWNED }),
    () => 'Wrote the certificate with bss deploy verify',
  );
  const lines = result.trimEnd().split('\n');
  screen.write(...lines.map((line) => `    ${line}`));
  const journal = join(folder, '.bss', 'deploy', SHOP_DEPLOYMENT, 'journal.jsonl');
  const entries = (await readFile(journal, 'utf8')).trimEnd().split('\n').length;
  return [
    screen.palette.dim(
      `its journal had ${formatCount(entries)} entries; a crash anywhere would have gone on from there`,
    ),
  ];
}

async function writes(shop: Shop, transactions: number): Promise<void> {
  const what = `${transactions} transactions`;
  await until(() => shop.writer.written.transactions >= transactions, { deadlineMs: WRITER_TIMEOUT_MS, what });
}

/** The last changes are in the bucket when the storer's maximum age is over. */
async function eventually<T>(work: () => Promise<T>, clock: Clock): Promise<T> {
  const deadlineMs = clock.monotonicMs() + WRITER_TIMEOUT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (clock.monotonicMs() > deadlineMs) throw error;
      await clock.sleep(500);
    }
  }
}

function isDone(event: ApplyEvent, step: string): boolean {
  return event.event === 'step-done' && event.step === step;
}
