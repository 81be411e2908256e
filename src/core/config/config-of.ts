import type { OptionTable, OptionType } from './option.ts';

/**
 * The configuration that a table of options describes: nested as the dots in the paths say, durations with the suffix
 * `Ms`, sizes with `Bytes`. `{'log.level': ..., 'storer.drainTimeout': ...}` gives
 * `{log: {level}, storer: {drainTimeoutMs}}`.
 */
export type ConfigOf<Table extends OptionTable> = {
  readonly [Head in keyof Table & string as HeadOf<Head, Table>]: Head extends `${infer First}.${string}`
    ? ConfigOf<Below<Table, First>>
    : ValueOf<Table[Head]>;
};

type HeadOf<Path extends string, Table extends OptionTable> = Path extends `${infer First}.${string}`
  ? First
  : `${Path}${SuffixOf<Table[Path]>}`;

type Below<Table extends OptionTable, First extends string> = {
  readonly [Path in keyof Table & string as Path extends `${First}.${infer Rest}` ? Rest : never]: Table[Path];
};

type SuffixOf<Entry> = Entry extends { readonly type: { readonly suffix: infer Suffix extends string } } ? Suffix : '';

type ValueOf<Entry> = Entry extends { readonly type: OptionType<infer T, string>; readonly present: infer Present }
  ? Present extends true
    ? T
    : T | undefined
  : never;
