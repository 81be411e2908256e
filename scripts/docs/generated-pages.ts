import { configSchema } from '../../src/core/config/config-schema.ts';
import { ALL_TABLES } from '../../src/core/config/service-shapes.ts';
import { CERTIFICATE_SCHEMA } from '../../src/deploy/certificate/certificate-schema.ts';
import { apiDocument, apiPage } from './api-page.ts';
import { cliPage } from './cli-page.ts';
import { configurationPage } from './configuration-page.ts';
import { decisionTreePicture } from './decision-tree-picture.ts';
import { deploymentSchema } from './deployment-schema.ts';
import { errorsPage } from './errors-page.ts';
import { guaranteesPage } from './guarantees-page.ts';
import { metricsPage } from './metrics-page.ts';

/** Every page that is generated from the source: path relative to the root, and text. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/api.md', apiPage()],
    ['docs/bss.schema.json', `${JSON.stringify(configSchema(ALL_TABLES), undefined, 2)}\n`],
    ['docs/certificate.schema.json', `${JSON.stringify(CERTIFICATE_SCHEMA, undefined, 2)}\n`],
    ['docs/cli.md', await cliPage()],
    ['docs/configuration.md', configurationPage()],
    ['docs/decision-tree.svg', decisionTreePicture()],
    ['docs/deployment.schema.json', `${JSON.stringify(deploymentSchema(), undefined, 2)}\n`],
    ['docs/errors.md', errorsPage()],
    ['docs/guarantees.md', await guaranteesPage()],
    ['docs/metrics.md', metricsPage()],
    ['docs/openapi.json', `${JSON.stringify(apiDocument(), undefined, 2)}\n`],
  ]);
}
