import type { JsonStyle } from '../json/json-text.ts';
import type { RowValue } from '../row/row.ts';
import { decimalConverter } from './convert-decimal.ts';
import { doubleConverter, integerConverter } from './convert-number.ts';
import {
  anyConverter,
  booleanConverter,
  bytesConverter,
  jsonConverter,
  stringConverter,
  uuidConverter,
} from './convert-other.ts';
import { dateConverter, instantConverter, timeConverter, timestampConverter } from './convert-temporal.ts';
import type { ColumnMapping } from './load-mapping.ts';
import { type Converted, Refusal } from './refusal.ts';

/** JSON text of a column's value; undefined when the field is left out of the message. */
export type ColumnConverter = (value: RowValue) => Converted | undefined;

/** The conversion that a mapping asks for, and no other: what it does not cover is refused. */
export function columnConverter(column: ColumnMapping, style: JsonStyle): ColumnConverter {
  const convert = typeConverter(column, style);
  const nullResult = { keep: 'null', omit: undefined, refuse: new Refusal('is null') }[column.nulls];
  const missingResult = { null: 'null', omit: undefined, refuse: new Refusal('is missing') }[column.missing];
  const nullTexts = column.nullTexts.length === 0 ? undefined : new Set(column.nullTexts);
  const trims = column.trim;
  return (given) => {
    if (given === null) return nullResult;
    if (given === undefined) return missingResult;
    if (typeof given !== 'string') return convert(given);
    const value = trims ? given.trim() : given;
    return nullTexts?.has(value) === true ? nullResult : convert(value);
  };
}

function typeConverter(column: ColumnMapping, style: JsonStyle): (value: RowValue) => Converted {
  switch (column.type) {
    case 'string':
      return stringConverter(column, style);
    case 'int16':
    case 'int32':
    case 'int64':
      return integerConverter(column.type);
    case 'double':
      return doubleConverter(column, style);
    case 'decimal':
      return decimalConverter(column);
    case 'boolean':
      return booleanConverter(column);
    case 'bytes':
      return bytesConverter(column);
    case 'date':
      return dateConverter(column);
    case 'time':
      return timeConverter(column);
    case 'timestamp':
      return timestampConverter(column);
    case 'timestamptz':
      return instantConverter(column);
    case 'json':
      return jsonConverter(column, style);
    case 'uuid':
      return uuidConverter();
    case 'any':
      return anyConverter(style);
  }
}
