import type pg from 'pg';

/** The tables of the shop; their topics are `<prefix>.public.<table>`. */
export const SHOP_TABLES = ['orders', 'customers'] as const;

/** A table of the shop. */
export type ShopTable = (typeof SHOP_TABLES)[number];

/** The role that Debezium connects with, its password, and what it finds in the database. */
export const SHOP_CDC = {
  user: 'cdc',
  password: 'cdc',
  publication: 'shop_changes',
  signalTable: 'public.debezium_signal',
} as const;

/** A column of every kind that makes a difference between a table and what is captured from it. */
const SCHEMA = `
create table orders (
  id bigserial primary key,
  customer_id bigint not null,
  amount numeric(12,2) not null,
  ratio numeric,
  title text,
  note text,
  created_at timestamptz not null default now(),
  due date,
  local_ts timestamp(3),
  attrs jsonb,
  raw bytea,
  paid boolean,
  ref uuid,
  tags text[],
  weight double precision
);
create table customers (id bigint primary key, name text not null, city text, since date not null);
alter table orders replica identity full;
alter table customers replica identity full;
create table debezium_signal (id varchar(64) primary key, type varchar(32) not null, data varchar(2048));
create role cdc login replication password 'cdc';
grant usage, create on schema public to cdc;
grant select on all tables in schema public to cdc;
grant insert, update, delete on debezium_signal to cdc;
create publication shop_changes for table orders, customers, debezium_signal;
`;

/** Expressions for the columns of an order but its id, for the number `$i`. */
const ORDER_VALUES = `
  i % 997, (i * 13 % 100000) / 100.0, case when i % 5 = 0 then null else i / 7.0 end,
  'Bestellung №' || i || ' – «Zürich» "q" ''s'' 日本語 😀', E'line1\\nline2\\t\\\\tab "x" ' || i,
  timestamptz '2026-01-01 00:00:00.123456+02' + i * interval '37 seconds', date '2026-01-01' + (i % 365)::int,
  timestamp '2026-01-01 12:34:56.789' + i * interval '1 second',
  jsonb_build_object('n', i, 's', E'ü"\\\\', 'a', jsonb_build_array(1, null, true)),
  decode(lpad(to_hex(i), 8, '0') || '00ff', 'hex'), case i % 3 when 0 then true when 1 then false end,
  md5(i::text)::uuid, array['a', 'b,"c"'], i * 0.1`;

const ORDER_COLUMNS =
  'customer_id, amount, ratio, title, note, created_at, due, local_ts, attrs, raw, paid, ref, tags, weight';

/** An order whose values follow from the number that is the only parameter. */
export const INSERT_ORDER = `insert into orders (${ORDER_COLUMNS}) select ${ORDER_VALUES} from (select $1::bigint as i) n`;

/** Makes the tables with so many rows, the signal table of Debezium, its role and its publication. */
export async function createShopTables(database: pg.Client, orders: number, customers: number): Promise<void> {
  await database.query(SCHEMA);
  await database.query(
    `insert into orders (${ORDER_COLUMNS}) select ${ORDER_VALUES} from generate_series(1, ${orders}) i`,
  );
  await database.query(
    `insert into customers select i, 'Name ' || i, case when i % 4 > 0 then 'City ' || i % 50 end, date '2020-02-29' + i
     from generate_series(1, ${customers}) i`,
  );
}

/** A table's rows by key, both as the JSON that Debezium writes of them; keys of the row in the order of the columns. */
export async function readShopTable(database: pg.Client, table: ShopTable): Promise<Map<string, string>> {
  const { rows } = await database.query<{ id: string; row: unknown }>(ROWS_AS_CAPTURED[table]);
  return new Map(rows.map(({ id, row }) => [`{"id":${id}}`, JSON.stringify(row)]));
}

/** What Debezium makes of the types (decimals as strings, times by `connect`), said once more, by the database itself. */
const ROWS_AS_CAPTURED: Readonly<Record<ShopTable, string>> = {
  orders: `select id, json_build_object(
      'id', id, 'customer_id', customer_id, 'amount', amount::text, 'ratio', ratio::text, 'title', title, 'note', note,
      'created_at', regexp_replace(
        regexp_replace(to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0+$', ''), '\\.$', ''
      ) || 'Z',
      'due', due - date '1970-01-01', 'local_ts', (extract(epoch from local_ts) * 1000)::bigint, 'attrs', attrs::text,
      'raw', replace(encode(raw, 'base64'), E'\\n', ''), 'paid', paid, 'ref', ref, 'tags', to_json(tags), 'weight', weight
    ) as row from orders`,
  customers: `select id, json_build_object(
      'id', id, 'name', name, 'city', city, 'since', since - date '1970-01-01') as row from customers`,
};
