import { assert } from '../src/core/assert.ts';
import { SeededRandom } from '../src/demo/seeded-random.ts';

/** The sizes of the values, in bytes of UTF-8: each value has exactly that many. */
export const VALUE_BYTES = { small: 100, large: 1_000 } as const;

export type ValueSize = keyof typeof VALUE_BYTES;

const FIRST_NAMES =
  'Ada Alessio Anaïs Anna Björn Carla Chiara Daniel Elena Fatima Giulia Hanna Ibrahim Ines Jonas José Karim Laura Luca Maria Marco Mei Noah Olivia Paul Priya Sara Sofía Tom Yuki'.split(
    ' ',
  );
const LAST_NAMES =
  'Albrecht Bauer Bianchi Costa Dubois Esposito Fischer García Greco Hansen Ivanov Jansen Kim Kowalski Lindqvist Lopez Marino Meier Moreau Müller Nguyen Novak Okafor Patel Ricci Rossi Santos Schmidt Silva Tanaka'.split(
    ' ',
  );
const STREETS = [
  'Via Roma',
  'Hauptstraße',
  'Rue de la Paix',
  'High Street',
  'Calle Mayor',
  'Corso Italia',
  'Station Road',
];
const CITIES = [
  'Milano',
  'Berlin',
  'Lyon',
  'Madrid',
  'Torino',
  'Leeds',
  'Porto',
  'Wien',
  'Gent',
  'Utrecht',
  'Bologna',
  'Kraków',
];
const STATES = ['created', 'paid', 'packed', 'shipped', 'delivered', 'returned'];
const WORDS =
  'please ring twice leave parcel with neighbour fragile gift wrap invoice by mail call before delivery second floor back door blue red large small express standard customer asked for change of address'.split(
    ' ',
  );

/** First moment of the values' timestamps: 1 March 2026. */
const EPOCH_MS = Date.UTC(2026, 2, 1);

/**
 * JSON values as an order system writes them: ids, names, amounts, times; the same for the same seed. They compress as
 * such data do (a test holds zstd level 1 to 4:1 on the archive's lines), since values that repeat would flatter whoever
 * compresses.
 */
export function makeValues(size: ValueSize, count: number, seed: number): Uint8Array[] {
  const random = new SeededRandom(seed);
  const make = size === 'small' ? smallValue : largeValue;
  return Array.from({ length: count }, (_, index) => {
    const value = Buffer.from(make(random, seed * count + index));
    assert(value.length === VALUE_BYTES[size], `a value has ${VALUE_BYTES[size]} bytes, not ${value.length}`);
    return value;
  });
}

/** The records' keys: the short ids of customers. */
export function makeKeys(count: number, seed: number): Uint8Array[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => Buffer.from(random.base62(14)));
}

function smallValue(random: SeededRandom, index: number): string {
  const [name, id] = [random.pick(LAST_NAMES), random.base62(16)];
  const start = `{"id":"${id}","by":"${name}","sum":${amount(random)},"at":${time(random, index)},"tx":"`;
  return filled(start, '"}', VALUE_BYTES.small, () => random.base62(1));
}

function largeValue(random: SeededRandom, index: number): string {
  const name = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)] as const;
  const customer = {
    id: random.below(1_000_000),
    name: name.join(' '),
    email: `${name.join('.').toLowerCase()}${random.below(1_000)}@mail.example`,
    phone: `+${random.between(30, 49)} ${random.below(1_000)} ${random.below(10_000_000)}`,
    since: new Date(EPOCH_MS - random.below(2 ** 32) * 60).toISOString().slice(0, 10),
  };
  const address = {
    street: `${random.pick(STREETS)} ${random.between(1, 250)}`,
    city: random.pick(CITIES),
    zip: String(random.between(10_000, 99_999)),
    geo: [random.between(36_000_000, 60_000_000) / 1e6, random.between(-9_000_000, 25_000_000) / 1e6],
  };
  const items = Array.from({ length: 4 }, () => ({
    id: random.base62(12),
    sku: `${random.hex(4).toUpperCase()}-${random.below(10_000)}`,
    qty: random.between(1, 5),
    price: Number(amount(random)),
    vat: random.pick([4, 10, 22]),
  }));
  const at = time(random, index);
  const order = {
    order: uuid(random),
    version: random.between(1, 9),
    at,
    state: random.pick(STATES),
    customer,
    address,
    items,
  };
  const payment = {
    method: random.pick(['card', 'transfer', 'wallet']),
    ref: random.base62(22),
    paidAt: new Date(at).toISOString(),
  };
  const start = `${JSON.stringify({ ...order, payment }).slice(0, -1)},"session":"${random.base62(40)}","note":"`;
  return filled(
    start,
    '"}',
    VALUE_BYTES.large,
    () => `${random.pick(WORDS)} ${random.oneIn(3) ? random.below(1_000) : random.pick(WORDS)} `,
  );
}

/** `start`, then as much from `more` as there is room for, then `end`; exactly so many bytes. */
function filled(start: string, end: string, bytes: number, more: () => string): string {
  const room = bytes - Buffer.byteLength(start) - Buffer.byteLength(end);
  assert(room >= 0, `the value is ${-room} bytes too long`);
  let text = '';
  while (text.length < room) text += more();
  return start + text.slice(0, room) + end;
}

function amount(random: SeededRandom): string {
  return (random.between(100, 99_999) / 100).toFixed(2);
}

/** Some 20 ms after the one before, as events come; other seeds give other times. */
function time(random: SeededRandom, index: number): number {
  return EPOCH_MS + index * 20 + random.below(20);
}

function uuid(random: SeededRandom): string {
  return [8, 4, 4, 4, 12].map((digits) => random.hex(digits)).join('-');
}
