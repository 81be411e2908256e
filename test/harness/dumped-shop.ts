import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Int32, Long, serialize } from 'bson';

/** A table whose rows are in a dump. */
export interface DumpedTable {
  readonly name: string;
  /** By id. */
  readonly names: ReadonlyMap<number, string>;
}

/**
 * Writes a folder of dumps, each of a table `(id, name)` and in another format: CSV, pg_dump (COPY), mysqldump (INSERT) and
 * BSON of mongodump. Names have what each format has to escape. Gives the inputs as deployment.yaml has them.
 */
export async function dumpShop(
  folder: string,
  rows: { readonly csv: number; readonly others: number },
): Promise<{ readonly inputs: readonly string[]; readonly tables: readonly DumpedTable[] }> {
  const orders = namesOf(rows.csv, 'order');
  const customers = namesOf(rows.others, 'customer');
  const items = namesOf(rows.others, 'item');
  const accounts = namesOf(rows.others, 'account');
  await Promise.all([
    writeFile(join(folder, 'orders.csv'), csv(orders)),
    writeFile(join(folder, 'customers.sql'), pgDump(customers)),
    writeFile(join(folder, 'items.sql'), mysqlDump(items)),
    writeFile(join(folder, 'accounts.bson'), bson(accounts)),
  ]);
  return {
    inputs: ['orders=orders.csv', 'customers.sql', 'items.sql', 'accounts.bson'],
    tables: [
      { name: 'orders', names: orders },
      { name: 'public.customers', names: customers },
      { name: 'items', names: items },
      { name: 'accounts', names: accounts },
    ],
  };
}

function namesOf(count: number, what: string): Map<number, string> {
  return new Map(Array.from({ length: count }, (_, id) => [id, `${what} ${id}, "Ü" \\ it's\ttwo\nlines`]));
}

function csv(names: ReadonlyMap<number, string>): string {
  return `id,name\n${[...names].map(([id, name]) => `${id},"${name.replaceAll('"', '""')}"\n`).join('')}`;
}

function pgDump(names: ReadonlyMap<number, string>): string {
  const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n' };
  const lines = [...names].map(([id, name]) => `${id}\t${name.replaceAll(/[\\\t\n]/g, (at) => escapes[at] ?? at)}\n`);
  return `--
-- PostgreSQL database dump
--

SET client_encoding = 'UTF8';

CREATE TABLE public.customers (
    id bigint NOT NULL,
    name text
);

COPY public.customers (id, name) FROM stdin;
${lines.join('')}\\.

--
-- PostgreSQL database dump complete
--
`;
}

function mysqlDump(names: ReadonlyMap<number, string>): string {
  const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', "'": "\\'", '"': '\\"' };
  const rows = [...names].map(([id, name]) => `(${id},'${name.replaceAll(/[\\\n'"]/g, (at) => escapes[at] ?? at)}')`);
  return `-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE \`items\` (
  \`id\` bigint NOT NULL,
  \`name\` longtext,
  PRIMARY KEY (\`id\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO \`items\` VALUES ${rows.join(',')};
-- Dump completed on 2026-03-14  8:30:00
`;
}

function bson(names: ReadonlyMap<number, string>): Buffer {
  return Buffer.concat([...names].map(([id, name]) => serialize({ id: number(id), name })));
}

/** As applications write them: some of 32 bits, others of 64. */
function number(id: number): Int32 | Long {
  return id % 2 === 0 ? new Int32(id) : Long.fromNumber(id);
}
