import { stringify } from 'yaml';

import type { Shop } from '../cdc/shop.ts';

/** Where the services of the demo are to be. */
export interface ShopDeploymentPlace {
  readonly bootstrap: string;
  readonly bucketUrl: string;
  readonly ports: { readonly storer: number; readonly reloader: number };
}

/** Name of the deployment, which its journal has too. */
export const SHOP_DEPLOYMENT = 'shop';

/** What is true of the shop: the older rows are wanted, and its readers can wait for as long as the load takes. */
export const SHOP_FACTS = { greenfield: false, olderDataWanted: true, nearRealTimeCritical: false, cdc: true };

/** The text of a `deployment.yaml` that brings an archive into the shop. */
export function shopDeployment(shop: Shop, { bootstrap, bucketUrl, ports }: ShopDeploymentPlace): string {
  const { orders, customers } = shop.topics;
  return stringify({
    version: 1,
    name: SHOP_DEPLOYMENT,
    mode: 'parallel',
    facts: SHOP_FACTS,
    bss: {
      kafka: { brokers: [bootstrap] },
      bucket: { url: bucketUrl },
      storer: {
        groupId: 'shop-archive',
        topics: [
          { topic: orders, folder: 'orders' },
          { topic: customers, folder: 'customers' },
        ],
        eventsTopic: 'shop.segments',
        rotation: { ageMax: '2s', pollInterval: '200ms' },
      },
      reloader: { groupId: 'shop-reload' },
    },
    runtime: { type: 'local', folder: 'runtime', ports },
    cdc: { driver: 'debezium', connectUrl: shop.connect.url, connector: shop.connector, load: 'signal' },
    source: { url: shop.databaseUrl, tables: { [orders]: 'public.orders', [customers]: 'public.customers' } },
    checks: { quietPeriod: '3s', samples: 20, loadTimeout: '10m' },
  });
}
