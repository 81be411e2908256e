import { assert } from '../core/assert.ts';
import type { KafkaRecord, RecordHeader } from '../core/record/kafka-record.ts';
import { partitionForKey } from '../core/record/partitioner.ts';
import { SeededRandom } from './seeded-random.ts';

/** What a broker does not yet know of a record: everything but its place in the log. */
export type EventRecord = Omit<KafkaRecord, 'offset' | 'timestampType'>;

/** The oddities that real topics have, and that archives like to lose. */
export const ODDITIES = [
  'tombstone',
  'nullKey',
  'emptyKey',
  'emptyValue',
  'notUtf8',
  'repeatedHeader',
  'nullHeader',
] as const;

/** One of them. */
export type Oddity = (typeof ODDITIES)[number];

/** An event of the shop, and what becomes of it. */
export interface OrderEvent {
  readonly partition: number;
  readonly record: EventRecord;
  /** Numbered from 0: the events of one transaction follow one another. */
  readonly transaction: number;
  /** Its transaction is aborted: no read_committed consumer may ever see it. */
  readonly aborted: boolean;
  readonly oddities: readonly Oddity[];
}

/** Which events to make. */
export interface OrderEventsOptions {
  /** Events of transactions that commit. */
  readonly count: number;
  readonly partitionCount: number;
  readonly seed: number;
  /** Timestamp of the first event; one comes about every 100 ms. */
  readonly startMs: number;
}

/** Events of a transaction; the last one has what is left. */
export const TRANSACTION_EVENTS = 10_000;
/** The transaction that is aborted is the third, or the last when there are fewer, and has so many events. */
export const ABORTED_EVENTS = 1_000;

const OPEN_ORDERS = 400;
const EVENT_EVERY_MS = 100;
const STATES = ['created', 'paid', 'packed', 'shipped', 'delivered'] as const;
const CUSTOMERS = [
  'Zoë Moreau',
  'Ana García',
  'Jürgen Weiß',
  'Noah Smith',
  '田中 由紀',
  'Björn Åkesson',
  'Chiara Rossi',
  'Łucja Nowak',
];
const PRODUCTS = [
  'espresso cups',
  'desk lamp',
  'rain jacket',
  'olive oil 5 l',
  'bicycle bell',
  'notebook "A5"',
  'wool socks',
];
const CITIES = ['Milano', 'Kraków', 'Lyon', 'Málaga', 'Köln', 'Leeds', '京都'];
const EMPTY = new Uint8Array(0);

interface Order {
  readonly id: string;
  readonly customer: string;
  readonly city: string;
  readonly items: readonly { readonly product: string; readonly quantity: number; readonly cents: number }[];
  state: number;
}

/**
 * The topic of a shop: orders that are created, paid, packed, shipped, delivered and sometimes erased, as events keyed by
 * order; between them scans, heartbeats and what an old till writes, with everything that Kafka allows and JSON does
 * not. The same for the same options, so that who produced them can compare without having kept them.
 */
export function* orderEvents(options: OrderEventsOptions): Generator<OrderEvent> {
  const random = new SeededRandom(options.seed);
  const open: Order[] = [];
  const transactions = Math.max(1, Math.ceil(options.count / TRANSACTION_EVENTS));
  const abortedAt = Math.min(2, transactions);
  let index = 0;
  const event = (transaction: number, aborted: boolean): OrderEvent => {
    // Clocks of different machines: now and then an event is older than the one before it.
    const timestampMs = BigInt(options.startMs + index * EVENT_EVERY_MS - (random.oneIn(50) ? random.below(2_000) : 0));
    index++;
    return { ...nextEvent(random, open, timestampMs, options.partitionCount), transaction, aborted };
  };
  let committed = 0;
  for (let transaction = 0; transaction <= transactions; transaction++) {
    const aborted = transaction === abortedAt;
    const count = aborted ? ABORTED_EVENTS : Math.min(TRANSACTION_EVENTS, options.count - committed);
    for (let i = 0; i < count; i++) yield event(transaction, aborted);
    if (!aborted) committed += count;
  }
  assert(committed === options.count, 'every event that was asked for was made');
}

type Made = Pick<OrderEvent, 'partition' | 'record' | 'oddities'>;

function nextEvent(random: SeededRandom, open: Order[], timestampMs: bigint, partitionCount: number): Made {
  const oddities: Oddity[] = [];
  const headers = makeHeaders(random, oddities);
  const anywhere = random.below(partitionCount);
  if (random.oneIn(40)) {
    const value = utf8(JSON.stringify({ till: random.between(1, 12), alive: true, at: Number(timestampMs) }));
    return {
      partition: anywhere,
      record: { timestampMs, key: null, value, headers },
      oddities: [...oddities, 'nullKey'],
    };
  }
  if (random.oneIn(200)) {
    const value = random.oneIn(2) ? EMPTY : utf8(`OLD-TILL;${random.below(1_000)}\t"no key"\r\n`);
    const found: Oddity[] = [...oddities, 'emptyKey', ...(value.length === 0 ? (['emptyValue'] as const) : [])];
    return { partition: anywhere, record: { timestampMs, key: EMPTY, value, headers }, oddities: found };
  }
  if (random.oneIn(80)) {
    // Protobuf, say: the first bytes are no UTF-8 whatever the others are.
    const [key, value] = [random.bytes(16), Uint8Array.of(0xff, 0xfe, 0x00, ...random.bytes(random.between(20, 200)))];
    const partition = partitionForKey(key, partitionCount);
    return { partition, record: { timestampMs, key, value, headers }, oddities: [...oddities, 'notUtf8'] };
  }
  const { key, value } = orderStep(random, open, timestampMs);
  const partition = partitionForKey(key, partitionCount);
  return {
    partition,
    record: { timestampMs, key, value, headers },
    oddities: value === null ? [...oddities, 'tombstone'] : oddities,
  };
}

/** The next step in an order's life. A tombstone ends one in ten of the orders that were delivered. */
function orderStep(
  random: SeededRandom,
  open: Order[],
  timestampMs: bigint,
): { key: Uint8Array; value: Uint8Array | null } {
  const at = random.below(OPEN_ORDERS);
  const order = open[at] ?? newOrder(random);
  if (at >= open.length) open.push(order);
  const key = utf8(order.id);
  const state = STATES[order.state];
  if (state === undefined) {
    open[at] = newOrder(random);
    return { key, value: null };
  }
  order.state++;
  if (order.state === STATES.length && !random.oneIn(10)) open[at] = newOrder(random);
  const { id, customer, city, items } = order;
  const totalCents = items.reduce((sum, item) => sum + item.quantity * item.cents, 0);
  const parcel = order.state > 2 ? { parcel: { carrier: 'Pony', code: random.base62(18) } } : {};
  const event = {
    id,
    state,
    at: new Date(Number(timestampMs)).toISOString(),
    customer,
    city,
    items,
    totalCents,
    ...parcel,
  };
  return { key, value: utf8(JSON.stringify(event)) };
}

function newOrder(random: SeededRandom): Order {
  const items = Array.from({ length: random.between(1, 4) }, () => ({
    product: random.pick(PRODUCTS),
    quantity: random.between(1, 3),
    cents: random.between(199, 19_999),
  }));
  return {
    id: `order-${random.hex(10)}`,
    customer: random.pick(CUSTOMERS),
    city: random.pick(CITIES),
    items,
    state: 0,
  };
}

function makeHeaders(random: SeededRandom, oddities: Oddity[]): RecordHeader[] {
  if (!random.oneIn(4)) return [];
  const headers = [header('trace', utf8(random.hex(16)))];
  if (random.oneIn(5)) {
    headers.push(header('hop', utf8('web')), header('hop', utf8('payment')), header('hop', random.bytes(4)));
    oddities.push('repeatedHeader');
  }
  if (random.oneIn(10)) {
    headers.push(header('retry-of', null), header('', EMPTY));
    oddities.push('nullHeader');
  }
  return headers;
}

function header(name: string, value: Uint8Array | null): RecordHeader {
  return { name: utf8(name), value };
}

const encoder = new TextEncoder();

function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}
