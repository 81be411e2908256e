import type { ApiRoute } from './api-route.ts';
import { ARCHIVE_ROUTES } from './archive-routes.ts';
import { COMPATIBILITY_ROUTES } from './compatibility-routes.ts';
import { JOB_ROUTES } from './job-routes.ts';

/** Every route of the API, in the order of the documentation. Health and metrics are `OPERATIONAL_ROUTES`. */
export const API_ROUTES: readonly ApiRoute[] = [...JOB_ROUTES, ...ARCHIVE_ROUTES, ...COMPATIBILITY_ROUTES];
