import { packageVersion } from '../../src/cli/package-version.ts';
import type { ApiRoute } from '../../src/reloader/http/api-route.ts';
import { API_ROUTES } from '../../src/reloader/http/api-routes.ts';
import { openApiDocument } from '../../src/reloader/http/openapi.ts';
import { ReloadRequestBody } from '../../src/reloader/request/request-schema.ts';
import { code, markdownTable } from './markdown-table.ts';

const TAGS: readonly { readonly tag: ApiRoute['tag']; readonly title: string; readonly about: string }[] = [
  { tag: 'Jobs', title: 'Jobs', about: 'Every replica answers for every job.' },
  { tag: 'Archive', title: 'Archive', about: 'What can be reloaded.' },
  {
    tag: 'Compatibility',
    title: 'Routes of the Fast Data Ingestion Reloader',
    about:
      'The routes of its version 1.4.2, with its bodies and status codes. `topic` is a folder, or an archived topic when there is no such folder. `startDate` is inclusive, `stopDate` exclusive, each by record. Records keep key, value, headers, timestamp and partition. `customSelectorName` is refused: a selector that was ignored would publish too much.',
  },
];

const EXAMPLE = `\`\`\`sh
# What would be done?
curl -s localhost:3000/v1/jobs -H 'content-type: application/json' \\
  -d '{"folder": "orders", "time": {"from": "2026-03-01", "to": "2026-04-01"}, "target": {"topic": "orders-march"}, "dryRun": true}'
# Do it; the same key never does it twice.
curl -s localhost:3000/v1/jobs -H 'content-type: application/json' -H 'idempotency-key: march' \\
  -d '{"folder": "orders", "time": {"from": "2026-03-01", "to": "2026-04-01"}, "target": {"topic": "orders-march"}}'
# Watch it.
curl -N localhost:3000/v1/jobs/<jobId>/events
\`\`\``;

/** docs/openapi.json. */
export function apiDocument(): Record<string, unknown> {
  return openApiDocument(API_ROUTES, packageVersion(), false);
}

/** docs/api.md. */
export function apiPage(): string {
  const fields = Object.entries(ReloadRequestBody.properties).map(([name, schema]) => [code(name), fieldDoc(schema)]);
  return [
    '# API of the Reloader',
    '',
    'Generated from the routes in `src/reloader/http` by `npm run docs`. The same in OpenAPI 3.1: `openapi.json` beside this page, and `GET /openapi.json` of a running reloader. `bss reload` does all this from a terminal.',
    '',
    EXAMPLE,
    '',
    '- A job writes each planned record once, as a `read_committed` consumer sees it, whatever crashes. Read the target with `isolation.level=read_committed`.',
    '- States: `planned`, `running`, `paused`, `stopping`, `stopped`, `succeeded`, `failed`; the last three are final. Once a job is in one of them, or paused, everything that it wrote can be read.',
    '- Every error is `{"code", "message", "hint"}`, of a wrong request with `field` and all wrong fields in `details`. Codes are stable: errors.md.',
    '- With `reloader.apiToken`, every route but health, metrics and `/openapi.json` wants `Authorization: Bearer <token>`.',
    '- `/-/health/live`, `/-/health/ready` and `/-/metrics` are those of every service (metrics.md).',
    '',
    '## The request',
    '',
    'Body of `POST /v1/jobs`. Offsets are strings, or numbers where those are exact; the end of every range is exclusive.',
    '',
    markdownTable(['Field', 'Meaning'], fields),
    ...TAGS.flatMap(({ tag, title, about }) => [`## ${title}`, '', about, '', ...routesOf(tag)]),
  ].join('\n');
}

function fieldDoc(schema: object): string {
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(schema, name);
    return typeof value === 'string' ? value : undefined;
  };
  return text('description') ?? text('expects') ?? '';
}

function routesOf(tag: ApiRoute['tag']): string[] {
  return API_ROUTES.filter((route) => route.tag === tag).flatMap((route) => [
    `### ${route.method} ${route.path}`,
    '',
    `${route.summary}.${route.description === undefined ? '' : ` ${route.description}`}`,
    '',
    ...(route.parameters ?? []).map((each) => `- ${code(each.name)} (${each.in}): ${each.description}`),
    ...Object.entries(route.answers).map(([status, { description }]) => `- **${status}** ${description}`),
    '',
  ]);
}
