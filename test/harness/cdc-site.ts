import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { openShop, type Shop, type ShopOptions } from '../../src/demo/cdc/shop.ts';
import { testClient, type TestEnd } from './kafka-topic.ts';
import { testKafka, uniqueName } from './shared-services.ts';

/** A shop (see `openShop`) in the Kafka that all tests share, and a client of that Kafka. */
export interface CdcSite extends Shop {
  readonly bootstrap: string;
  readonly kafka: KafkaClient;
}

/** Opens a shop of a test's own; everything is stopped when the test ends. */
export async function openCdcSite(
  t: TestEnd,
  options: Partial<Omit<ShopOptions, 'bootstrap' | 'kafka' | 'name'>> = {},
): Promise<CdcSite> {
  const { bootstrap } = await testKafka();
  const kafka = await testClient(t, bootstrap);
  const shop = await openShop({
    orders: 2_000,
    customers: 100,
    partitionCount: 3,
    transactionsPerSecond: 50,
    ...options,
    bootstrap,
    kafka,
    name: uniqueName('shop'),
  });
  t.after(() => shop.stop());
  return { ...shop, bootstrap, kafka };
}
