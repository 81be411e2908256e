import type { RowDatabase } from '../../row/row.ts';
import { type Decode, decodeUtf8, decoderNamed } from './binary-text.ts';
import type { SqlKind } from './table-definition.ts';

/** What the statements of a dump have said so far about how the next ones are to be read. */
export interface SqlSettings {
  kind: SqlKind;
  /** That MySQL's SQL is that of MariaDB. */
  isMariadb: boolean;
  /** The database that the head of a dump names, whose tables have no database before their names. */
  dumped: string | undefined;
  /** Whether a backslash in a text takes the meaning from what follows; undefined as long as nothing tells. */
  escapes: boolean | undefined;
  decode: Decode;
  /** MySQL's database of `USE`, which goes before the names of tables. */
  database: string | undefined;
  /** The comment with which a dump that has begun must end. */
  awaitedEnd: string | undefined;
}

/** Before the first statement. */
export function newSettings(): SqlSettings {
  return {
    kind: undefined,
    isMariadb: false,
    dumped: undefined,
    escapes: undefined,
    decode: decodeUtf8,
    database: undefined,
    awaitedEnd: undefined,
  };
}

/** What the dump is of; undefined as long as nothing tells. */
export function dumpedDatabase({ kind, isMariadb, dumped, database }: SqlSettings): RowDatabase | undefined {
  const name = database === undefined ? dumped : undefined;
  if (kind === 'mysql') return { kind: isMariadb ? 'mariadb' : 'mysql', name };
  return kind === 'postgres' ? { kind: 'postgresql' } : undefined;
}

/** That it is the SQL of PostgreSQL. */
export function setPostgres(settings: SqlSettings): void {
  settings.kind = 'postgres';
  settings.escapes ??= false;
}

/** That it is the SQL of MySQL. */
export function setMysql(settings: SqlSettings): void {
  settings.kind = 'mysql';
  settings.escapes ??= true;
}

const BEGINNINGS: readonly (readonly [RegExp, SqlKind, string])[] = [
  [/^-- PostgreSQL database dump\s*$/, 'postgres', '-- PostgreSQL database dump complete'],
  [/^-- (?:MySQL|MariaDB) dump /, 'mysql', '-- Dump completed'],
];

/** Of the server, whichever of the two tools asked it. */
const SERVER_VERSION = '-- Server version\t';
const DUMPED = /^-- Host: .* {4}Database: (.+)$/;

/**
 * Learns from a comment on a line of its own: what begins and ends a dump.
 * @returns what is wrong, when it cannot be
 */
export function learnFromComment(settings: SqlSettings, line: string): string | undefined {
  if (settings.awaitedEnd !== undefined && line.startsWith(settings.awaitedEnd)) settings.awaitedEnd = undefined;
  if (line.startsWith(SERVER_VERSION)) settings.isMariadb = line.includes('MariaDB');
  settings.dumped = DUMPED.exec(line)?.[1] ?? settings.dumped;
  const begun = BEGINNINGS.find(([pattern]) => pattern.test(line));
  if (begun === undefined) return undefined;
  if (settings.awaitedEnd !== undefined) {
    return `another dump begins before the last one ended with "${settings.awaitedEnd}": that one is not whole`;
  }
  const [, kind, end] = begun;
  // The next of several dumps in one file speaks for itself.
  settings.escapes = undefined;
  settings.decode = decodeUtf8;
  settings.isMariadb = line.startsWith('-- MariaDB');
  settings.dumped = undefined;
  if (kind === 'postgres') setPostgres(settings);
  else setMysql(settings);
  settings.awaitedEnd = end;
  return undefined;
}

const CLIENT_ENCODING = /^SET\s+(?:SESSION\s+)?client_encoding\s*(?:=|TO)\s*'?([\w-]+)'?$/i;
const CONFORMING = /^SET\s+(?:SESSION\s+)?standard_conforming_strings\s*(?:=|TO)\s*'?(\w+)'?$/i;
const NAMES = /^SET\s+NAMES\s+'?(\w+)'?/i;
const SQL_MODE = /^SET\b.*?(?<!@)\bSQL_MODE\s*=\s*'([^']*)'/is;

/**
 * Learns from a SET statement.
 * @returns what is wrong, when it asks for what cannot be done
 */
export function learnFromSet(settings: SqlSettings, statement: string): string | undefined {
  const conforming = CONFORMING.exec(statement)?.[1];
  if (conforming !== undefined) {
    setPostgres(settings);
    settings.escapes = !/^(?:on|true|yes|1)$/i.test(conforming);
    return undefined;
  }
  const mode = SQL_MODE.exec(statement)?.[1];
  if (mode !== undefined) {
    setMysql(settings);
    settings.escapes = !/NO_BACKSLASH_ESCAPES/i.test(mode);
    return undefined;
  }
  const clientEncoding = CLIENT_ENCODING.exec(statement)?.[1];
  if (clientEncoding !== undefined) return setEncoding(settings, clientEncoding, setPostgres);
  const names = NAMES.exec(statement)?.[1];
  // What MySQL calls latin1 is Windows-1252.
  if (names !== undefined) return setEncoding(settings, names === 'latin1' ? 'WIN1252' : names, setMysql);
  return undefined;
}

function setEncoding(settings: SqlSettings, name: string, setKind: (of: SqlSettings) => void): string | undefined {
  const decode = decoderNamed(name);
  if (decode === undefined) return `the encoding ${name} is not known`;
  setKind(settings);
  settings.decode = decode;
  return undefined;
}
