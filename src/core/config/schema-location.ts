// Places in a value that is checked against a JSON Schema, and the parts of the schema that speak of them.

/** `tables[0].columns.id`: a place as people write it. */
export function fieldName(path: readonly string[]): string {
  return path.reduce(
    (name, part) => (/^\d+$/.test(part) ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`),
    '',
  );
}

/** The parts of a JSON pointer: `/tables/0` has two. */
export function pointerParts(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The schema of a place, through `properties` and `items`; undefined when it has none there. */
export function schemaAt(schema: object, path: readonly string[]): object | undefined {
  let at: object | undefined = schema;
  for (const part of path) {
    if (at === undefined) return undefined;
    const below: unknown = propertiesOf(at)[part] ?? Reflect.get(at, 'items');
    at = typeof below === 'object' && below !== null ? below : undefined;
  }
  return at;
}

/** The schemas of an object's properties, by name. */
export function propertiesOf(schema: object | undefined): Record<string, unknown> {
  const properties: unknown = schema === undefined ? undefined : Reflect.get(schema, 'properties');
  return typeof properties === 'object' && properties !== null ? { ...properties } : {};
}
