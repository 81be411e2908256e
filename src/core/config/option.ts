/** A value is what a YAML file or JSON can hold. */
export type RawValue = string | number | boolean | null | readonly RawValue[] | { readonly [key: string]: RawValue };

/** A value that was understood, or what is wrong with it ("must be ..."). */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** How one kind of value is written, read and described. `Suffix` is the unit that the property's name gets. */
export interface OptionType<T, Suffix extends string = ''> {
  /** For help and documents: `integer 1..64`, `duration`. */
  readonly placeholder: string;
  readonly suffix: Suffix;
  /** Understands a value of the file. */
  parse(raw: RawValue): Parsed<T>;
  /** Turns the text of a flag or variable into what the file would hold; the text itself when absent. */
  readonly fromText?: ((text: string) => RawValue) | undefined;
  /** How a value is shown by `config check` and in documents. */
  show(value: T): string;
  /** JSON Schema of what the file may hold. */
  readonly schema: JsonSchema;
}

/** A fragment of JSON Schema, draft 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: RawValue | JsonSchema | readonly JsonSchema[];
}

/** Another environment variable that sets the option: the mirrored system's name for it. */
export interface OptionAlias {
  readonly env: string;
  /** Translates that variable's text; it may look at other variables. */
  readonly convert?: ((text: string, env: Environment) => Parsed<string>) | undefined;
}

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A default that depends on the machine or on options that stand earlier in the table. */
export type ComputedDefault = (inputs: DefaultInputs) => RawValue;

/** What a computed default may look at. */
export interface DefaultInputs {
  /** Processor cores that this process may use. */
  readonly coreCount: number;
  /** The value of an option that stands earlier in the table. */
  readonly valueOf: (path: string) => unknown;
}

/** One option. Its path in the table gives its place in the file, its variable and its flag. */
export interface Option<T = unknown, Suffix extends string = string> {
  readonly type: OptionType<T, Suffix>;
  /** One or two sentences, for help and documents. */
  readonly doc: string;
  /** As it would be written in the file, or how to work it out. Absent: see `required`. */
  readonly default?: RawValue | ComputedDefault | undefined;
  /** What the default is when it depends on the machine; shown instead of `default`. */
  readonly defaultText?: string | undefined;
  readonly required: boolean;
  /** Never printed. */
  readonly secret: boolean;
  /** May be given as `{file: /path}`, or by a variable ending in `_FILE`: the file's text is the value. */
  readonly mayBeFile: boolean;
  /** Shorter names of the flag. */
  readonly flags: readonly string[];
  readonly aliases: readonly OptionAlias[];
}

/** An option that always has a value. */
export interface PresentOption<T, Suffix extends string> extends Option<T, Suffix> {
  readonly present: true;
}

/** An option that may be absent. */
export interface AbsentableOption<T, Suffix extends string> extends Option<T, Suffix> {
  readonly present: false;
}

/** Options by their path in `bss.yaml`, such as `kafka.brokers`. */
export type OptionTable = Readonly<Record<string, Option & { readonly present: boolean }>>;

interface OptionWords {
  readonly doc: string;
  readonly secret?: boolean | undefined;
  /** True for every secret. */
  readonly mayBeFile?: boolean | undefined;
  readonly flags?: readonly string[] | undefined;
  readonly aliases?: readonly OptionAlias[] | undefined;
}

/** An option that must be given. */
export function required<T, Suffix extends string>(
  type: OptionType<T, Suffix>,
  words: OptionWords,
): PresentOption<T, Suffix> {
  return { ...filled(type, words), required: true, present: true };
}

/** An option with a default, written as in the file; `defaultText` describes one that is worked out. */
export function withDefault<T, Suffix extends string>(
  type: OptionType<T, Suffix>,
  fallback: RawValue | ComputedDefault,
  words: OptionWords & { readonly defaultText?: string | undefined },
): PresentOption<T, Suffix> {
  const { defaultText } = words;
  return { ...filled(type, words), default: fallback, defaultText, present: true };
}

/** An option that may be absent; its property is then undefined. `defaultText` says what happens then. */
export function optional<T, Suffix extends string>(
  type: OptionType<T, Suffix>,
  words: OptionWords & { readonly defaultText?: string | undefined },
): AbsentableOption<T, Suffix> {
  return { ...filled(type, words), defaultText: words.defaultText, present: false };
}

function filled<T, Suffix extends string>(type: OptionType<T, Suffix>, words: OptionWords): Option<T, Suffix> {
  const { doc, secret = false, mayBeFile = secret, flags = [], aliases = [] } = words;
  return { type, doc, required: false, secret, mayBeFile, flags, aliases };
}
