import type { JsonSchema, Option, OptionTable } from './option.ts';

interface Section {
  readonly properties: Record<string, JsonSchema>;
  readonly sections: Record<string, Section>;
}

/** The JSON Schema of a `bss.yaml` with the options of these tables: for editors, which then complete and check it. */
export function configSchema(tables: readonly OptionTable[]): JsonSchema {
  const root: Section = { properties: {}, sections: {} };
  for (const [path, option] of tables.flatMap((table) => Object.entries(table))) place(root, path, option);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'bss.yaml',
    ...closed(root),
    $defs: {
      placeholder: {
        type: 'string',
        pattern: '\\$\\{',
        description: 'A text with `${VARIABLE}` or `${VARIABLE:default}`.',
      },
      file: {
        type: 'object',
        required: ['file'],
        additionalProperties: false,
        properties: { file: { type: 'string', minLength: 1, description: 'The file whose text is the value.' } },
      },
    },
  };
}

function place(root: Section, path: string, option: Option): void {
  const names = path.split('.');
  const last = names.pop() ?? path;
  let section = root;
  for (const name of names) section = section.sections[name] ??= { properties: {}, sections: {} };
  section.properties[last] ??= describe(option);
}

function describe(option: Option): JsonSchema {
  const forms: JsonSchema[] = [option.type.schema, { type: 'null' }];
  if (option.type.schema['type'] !== 'string' || option.type.schema['pattern'] !== undefined) {
    forms.push({ $ref: '#/$defs/placeholder' });
  }
  if (option.mayBeFile) forms.push({ $ref: '#/$defs/file' });
  const fallback = typeof option.default === 'function' ? undefined : option.default;
  return { description: option.doc, ...(fallback !== undefined && { default: fallback }), anyOf: forms };
}

function closed({ properties, sections }: Section): JsonSchema {
  const below = Object.entries(sections).map(([name, section]) => [name, { ...closed(section) }] as const);
  return {
    type: ['object', 'null'],
    additionalProperties: false,
    properties: { ...properties, ...Object.fromEntries(below) },
  };
}
