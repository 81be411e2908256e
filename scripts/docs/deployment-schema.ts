import { configSchema } from '../../src/core/config/config-schema.ts';
import type { JsonSchema } from '../../src/core/config/option.ts';
import { ALL_TABLES } from '../../src/core/config/service-shapes.ts';
import { DeploymentSchema, FILE_VALUES } from '../../src/deploy/facts/deployment-schema.ts';

/** The JSON Schema of a `deployment.yaml`: for editors, which then complete and check it. */
export function deploymentSchema(): JsonSchema {
  const { $schema, $defs, title: _title, ...bss } = configSchema(ALL_TABLES);
  const plain = JSON.parse(JSON.stringify(DeploymentSchema)) as JsonSchema;
  const { properties, ...root } = forEditors(plain, []);
  const { description } = plain['properties'] === undefined ? {} : sectionOf(plain, 'bss');
  return {
    $schema: $schema ?? '',
    title: 'deployment.yaml',
    ...root,
    properties: { ...(properties as JsonSchema), bss: { description: description ?? '', ...bss } },
    $defs: $defs ?? {},
  };
}

function sectionOf(schema: JsonSchema, name: string): JsonSchema {
  return (schema['properties'] as JsonSchema)[name] as JsonSchema;
}

/** Without our own keywords; wherever a value is no text of any form, a variable may stand in its place. */
function forEditors(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const { expects: _expects, ...kept } = schema;
  const described = Object.fromEntries(
    Object.entries(kept).map(([keyword, value]) => [keyword, transformed(keyword, value, path)] as const),
  );
  if (schema['const'] !== undefined || path.length === 0) return described;
  const isFile = FILE_VALUES.some((known) => known.join('.') === path.join('.'));
  const isForm = schema['enum'] !== undefined || schema['pattern'] !== undefined;
  const isScalar = schema['type'] === 'boolean' || schema['type'] === 'integer';
  if (!isFile && !isForm && !isScalar) return described;
  const { description, default: fallback, ...form } = described;
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [form, { $ref: '#/$defs/placeholder' }, ...(isFile ? [{ $ref: '#/$defs/file' }] : [])],
  };
}

function transformed(
  keyword: string,
  value: JsonSchema[string] | undefined,
  path: readonly string[],
): JsonSchema[string] {
  if (keyword === 'properties') {
    const below = Object.entries(value as JsonSchema).map(
      ([name, schema]) => [name, forEditors(schema as JsonSchema, [...path, name])] as const,
    );
    return Object.fromEntries(below);
  }
  if (keyword === 'anyOf') return (value as readonly JsonSchema[]).map((schema) => forEditors(schema, path));
  if (keyword === 'items' || keyword === 'additionalProperties') {
    return typeof value === 'object' && value !== null
      ? forEditors(value as JsonSchema, [...path, '*'])
      : (value ?? false);
  }
  if (keyword === 'patternProperties') {
    const [[pattern, schema] = ['.*', {}]] = Object.entries(value as JsonSchema);
    return { [pattern]: forEditors(schema as JsonSchema, [...path, '*']) };
  }
  return value ?? null;
}
