/** Whether something works, and if not, why. */
export interface HealthReport {
  readonly status: 'OK' | 'KO';
  /** Sentences; empty when all is well. */
  readonly reasons: readonly string[];
}

/** Where the answers come from. */
export interface OperationalSources {
  /** The service's name and version, shown in every answer. */
  readonly name: string;
  readonly version: string;
  /** Must be cheap: it is asked every few seconds. KO means that only a restart can help. */
  readonly live: () => HealthReport;
  /** Must be cheap. KO means that no work can be done at present. */
  readonly ready: () => HealthReport;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
}

/** An answer, whatever server sends it. */
export interface HttpAnswer {
  readonly statusCode: 200 | 503;
  readonly contentType: string;
  readonly body: string;
}

type Route = (sources: OperationalSources) => Promise<HttpAnswer>;

/**
 * The routes that platforms ask (all `GET`): liveness, readiness, the same as a check-up for people, and metrics. The
 * names are those of the mirrored system. Healthy is 200 with `{"status":"OK"}`, unhealthy 503 with the reasons.
 */
export const OPERATIONAL_ROUTES: Readonly<Record<string, Route>> = {
  '/-/health/live': (sources) => answerHealth(sources, sources.live()),
  '/-/health/ready': (sources) => answerHealth(sources, sources.ready()),
  '/-/check-up': (sources) => answerHealth(sources, sources.ready()),
  '/-/metrics': async ({ metrics }) => ({
    statusCode: 200,
    contentType: metrics.contentType,
    body: await metrics.text(),
  }),
};

async function answerHealth({ name, version }: OperationalSources, report: HealthReport): Promise<HttpAnswer> {
  const { status, reasons } = report;
  const body = JSON.stringify({ name, version, status, ...(reasons.length > 0 && { reasons }) });
  return { statusCode: status === 'OK' ? 200 : 503, contentType: 'application/json; charset=utf-8', body };
}
