import type { ApiRoute } from './api-route.ts';
import { ErrorAnswer } from './api-schemas.ts';

const DESCRIPTION =
  'Plans and runs reload jobs: records of the archive are written to a Kafka topic, each exactly once for read_committed consumers, whatever crashes. Every replica answers for all jobs. Errors have one shape, with a stable code.';

/** The OpenAPI 3.1 document of the routes. `secured`: a bearer token is needed. */
export function openApiDocument(
  routes: readonly ApiRoute[],
  version: string,
  secured: boolean,
): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route, secured) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'bss Reloader',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [
      { name: 'Jobs', description: 'Creating, watching and commanding reload jobs.' },
      { name: 'Archive', description: 'What can be reloaded.' },
      { name: 'Compatibility', description: 'The routes of the Fast Data Ingestion Reloader.' },
    ],
    paths,
    ...(secured && {
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    }),
  };
}

function operation(route: ApiRoute, secured: boolean): Record<string, unknown> {
  const { operationId, tag, summary, description, parameters, body, answers } = route;
  const responses = Object.entries(answers).map(([status, answer]) => [status, response(answer)]);
  if (secured)
    responses.push(['401', response({ description: 'The token is missing or wrong.', schema: ErrorAnswer })]);
  responses.push([
    '503',
    response({ description: 'Kafka or the bucket cannot be reached at present.', schema: ErrorAnswer }),
  ]);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && {
      parameters: parameters.map((each) => ({
        ...each,
        required: each.in === 'path',
        schema: plainSchema(each.schema),
      })),
    }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: plainSchema(body) } } },
    }),
    responses: Object.fromEntries(responses),
  };
}

function response({
  description,
  schema,
  media = 'application/json',
}: ApiRoute['answers'][number]): Record<string, unknown> {
  return { description, ...(schema !== undefined && { content: { [media]: { schema: plainSchema(schema) } } }) };
}

/** JSON Schema alone: without the words of our error messages. */
function plainSchema(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key === 'expects' ? undefined : value)));
}
