import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { must } from '../assert.ts';

/** One metric as it is documented. The key in the table is its name. */
export interface MetricDeclaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[] | undefined;
}

/** Every metric of a service: the source of its documentation and the only ones that its code can touch. */
export type MetricTable = Readonly<Record<string, MetricDeclaration>>;

type NamesOf<T extends MetricTable, Type extends MetricDeclaration['type']> = {
  [Name in keyof T]: T[Name]['type'] extends Type ? Name : never;
}[keyof T] &
  string;

type LabelsOf<T extends MetricTable, Name extends keyof T> = Readonly<
  Record<T[Name]['labels'][number], string | number>
>;

/** One value of a gauge. */
export interface GaugeSample<T extends MetricTable, Name extends keyof T> {
  readonly labels: LabelsOf<T, Name>;
  readonly value: number;
}

/** The metrics of one service, in Prometheus' text format, with those of the process (`process_*`, `nodejs_*`). */
export class Metrics<T extends MetricTable> {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #collectors = new Map<string, () => void>();

  constructor(table: T, options: { readonly processMetrics?: boolean | undefined } = {}) {
    for (const [name, declaration] of Object.entries(table)) this.#register(name, declaration);
    if (options.processMetrics ?? true) collectDefaultMetrics({ register: this.#registry });
  }

  /** Adds to a counter. */
  increment<Name extends NamesOf<T, 'counter'>>(name: Name, labels: LabelsOf<T, Name>, by = 1): void {
    must(this.#counters.get(name), name).inc(labels, by);
  }

  /** Sets a gauge. */
  set<Name extends NamesOf<T, 'gauge'>>(name: Name, labels: LabelsOf<T, Name>, value: number): void {
    must(this.#gauges.get(name), name).set(labels, value);
  }

  /** Has a gauge worked out whenever the metrics are read: label values that are not in the answer disappear. */
  collect<Name extends NamesOf<T, 'gauge'>>(name: Name, sample: () => Iterable<GaugeSample<T, Name>>): void {
    const gauge = must(this.#gauges.get(name), name);
    this.#collectors.set(name, () => {
      gauge.reset();
      for (const { labels, value } of sample()) gauge.set(labels, value);
    });
  }

  /** Adds an observation to a histogram. */
  observe<Name extends NamesOf<T, 'histogram'>>(name: Name, labels: LabelsOf<T, Name>, value: number): void {
    must(this.#histograms.get(name), name).observe(labels, value);
  }

  /** What `GET /-/metrics` answers. */
  text(): Promise<string> {
    for (const collect of this.#collectors.values()) collect();
    return this.#registry.metrics();
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  #register(name: string, { type, help, labels, buckets }: MetricDeclaration): void {
    const shared = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (type === 'counter') this.#counters.set(name, new Counter(shared));
    else if (type === 'gauge') this.#gauges.set(name, new Gauge(shared));
    else this.#histograms.set(name, new Histogram(buckets ? { ...shared, buckets: [...buckets] } : shared));
  }
}
